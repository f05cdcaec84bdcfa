// The effects on a whole fleet, counted and sorted.
import { type Effect, isWorse, KINDS, VERDICTS, type Verdict } from './finding.ts';

export interface PlanReport {
  /** RFC 3339. */
  readonly now: string;
  readonly summary: Readonly<Record<Verdict | 'environments', number>>;
  /** Gravest first, then by namespace and name. */
  readonly environments: readonly Effect[];
}

export function reportOf(effects: readonly Effect[], now: Date): PlanReport {
  const count = (verdict: Verdict) => effects.filter((e) => e.verdict === verdict).length;
  return {
    now: now.toISOString().replace('.000Z', 'Z'),
    summary: {
      environments: effects.length,
      unchanged: count('unchanged'),
      upgrades: count('upgrades'),
      waits: count('waits'),
      refused: count('refused'),
      deprecated: count('deprecated'),
      expires: count('expires'),
      moves: count('moves'),
      cost: count('cost'),
    },
    environments: sorted(effects),
  };
}

function sorted(effects: readonly Effect[]): Effect[] {
  return effects
    .map((effect) => ({
      effect,
      key: [VERDICTS.indexOf(effect.verdict), effect.namespace, effect.name].join('\0'),
    }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ effect }) => effect);
}

/** Somebody would be refused, expire or stay unblessed who is not today. */
export function isSomebodyWorse({ environments }: PlanReport): boolean {
  return environments.some(isWorse);
}

/** In the order of gravity, those that occur. */
export function verdictsIn({ summary }: PlanReport): Verdict[] {
  return [...KINDS, 'unchanged' as const].filter((verdict) => summary[verdict] > 0);
}

export function titleOf({ namespace, name }: Pick<Effect, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
