// Hosts that nothing leads to.
import type { LintInput, Warning } from './warning.ts';

export function lintPlaces({ catalog }: LintInput): Warning[] {
  const hosts = catalog.clusters.vcluster?.hosts ?? [];
  const { rules = [], default: standard } = catalog.placement ?? {};
  const named = new Set([
    ...rules.map((rule) => rule.host),
    standard?.host,
    catalog.ci?.host,
    hosts.find((host) => host.closed === undefined)?.name,
  ]);
  const unused = hosts.flatMap(({ name, closed }, i): Warning[] => {
    if (closed !== undefined || named.has(name)) return [];
    return [
      {
        path: `clusters.vcluster.hosts[${i}]`,
        message: `no rule leads to host ${name}, and it is not the default: only environments that ask for it come here`,
      },
    ];
  });
  const closed = [...rules.entries()].flatMap(([i, rule]): Warning[] => {
    const host = hosts.find(({ name }) => name === rule.host);
    if (host?.closed === undefined) return [];
    return [
      {
        path: `placement.rules[${i}].host`,
        message: `host ${host.name} takes no new environments (${host.closed}): whoever this rule matches is refused`,
      },
    ];
  });
  return [...closed, ...unused];
}
