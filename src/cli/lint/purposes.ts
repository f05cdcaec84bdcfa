// A new environment that says nothing but its purpose must be possible. The function itself is asked.
import { compose } from '../../compose.ts';
import type { JsonObject } from '../../step.ts';
import type { LintInput, Warning } from './warning.ts';

export function lintPurposes({ catalog, now }: LintInput): Warning[] {
  const { compiled: _, ...input } = catalog;
  return Object.keys(catalog.purposes)
    .sort()
    .flatMap((purpose) => {
      const composite: JsonObject = {
        apiVersion: 'platform.xenvironment.dev/v1alpha1',
        kind: 'Environment',
        metadata: { name: 'lint', namespace: 'lint' },
        spec: { purpose },
      };
      const { desired, conditions } = compose({
        composite,
        observed: new Map(),
        input,
        now,
        foreign: new Set(),
        isThere: () => false,
      });
      if (desired !== undefined) return [];
      const why = conditions.find((condition) => condition.type === 'Accepted')?.message ?? '';
      return [
        {
          path: `purposes.${purpose}`,
          message: `an environment that says nothing but this purpose is refused: ${why}`,
        },
      ];
    });
}
