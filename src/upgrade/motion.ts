// The steps that a hop changes in this call: what is observed of them is still that of before, and says nothing.
import type { Plan } from '../plan.ts';
import type { Progress } from '../step.ts';
import type { Start } from './start.ts';

/** By step name: `moves from 1.21 to 1.22`. */
export function movingSteps(
  standing: Plan,
  moved: Plan,
  { underWay, hop }: Start,
): ReadonlyMap<string, string> {
  if (hop === undefined || underWay === undefined) return new Map();
  const before = new Map(standing.steps.map((s) => [s.name, JSON.stringify(s.manifest.spec)]));
  const { component } = hop.decided.need;
  const message = `${component} moves from ${underWay.from} to ${underWay.to}`;
  return new Map(
    moved.steps
      .filter((s) => before.has(s.name) && before.get(s.name) !== JSON.stringify(s.manifest.spec))
      .map((s) => [s.name, message]),
  );
}

export function inMotion(progress: Progress, moving: ReadonlyMap<string, string>): Progress {
  const message = moving.get(progress.step.name);
  if (message === undefined || progress.state === 'waiting') return progress;
  const { step } = progress;
  return { state: 'progressing', step, why: { reason: 'Upgrading', message }, exists: true };
}
