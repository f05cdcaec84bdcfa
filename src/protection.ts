// The Usages that make deletion run backwards: each comes with its user and goes after it.
import type { Context, Home } from './context.ts';
import { hash } from './manifests/names.ts';
import { usage } from './manifests/protection.ts';
import { exists } from './readiness.ts';
import type { Progress, Step } from './step.ts';

/** A Usage for everything that a desired step protects and that is desired too. */
export function usagesFor(progress: readonly Progress[], context: Context): Step[] {
  const desired = new Map(
    progress.filter((p) => p.state !== 'waiting').map((p) => [p.step.name, p.step]),
  );
  return [...desired.values()].flatMap((by) =>
    by.protects.flatMap((name) => {
      const of = desired.get(name);
      return of === undefined ? [] : [usageStep(of, by, context)];
    }),
  );
}

function usageStep(of: Step, by: Step, context: Context): Step {
  const name = `${of.name}-used-by-${by.name}`;
  const home = homeOf(by.name);
  return {
    name,
    title: `usage of ${of.title} by ${by.title}`,
    part: by.part,
    needs: [],
    protects: [],
    manifest: usage(
      context,
      {
        name: context.names.outside(home, `-usage-${hash(name)}`),
        labels: by.manifest.metadata.labels ?? {},
      },
      of.manifest,
      by.manifest,
    ),
    notReady: exists,
  };
}

function homeOf(name: string): Home {
  if (name.startsWith('gke-')) return 'gke';
  if (name.startsWith('ci-')) return 'ci';
  return name.startsWith('tools-') ? 'tools' : 'vcluster';
}
