// Every Release that the examples expect: each chart, version and values once.
import { at, canonical, text } from '../../src/json.ts';
import type { JsonObject } from '../../src/step.ts';
import { answerOf, examples } from '../support/examples.ts';

export interface ReleaseCase {
  /** For the title of a test. */
  readonly chart: string;
  readonly version: string;
  readonly repository: string;
  readonly name: string;
  readonly release: string;
  readonly namespace: string;
  readonly values: JsonObject;
  /** The first example that has it. */
  readonly example: string;
}

export function releaseCases(): ReleaseCase[] {
  const found = new Map<string, ReleaseCase>();
  for (const example of examples())
    for (const resource of answerOf(example).filter(({ kind }) => kind === 'Release')) {
      const provider = at(resource, 'spec', 'forProvider');
      const values = (at(provider, 'values') ?? {}) as JsonObject;
      const chart = at(provider, 'chart') as JsonObject;
      const key = canonical({ chart, values });
      if (found.has(key)) continue;
      const name = text(chart, 'name') ?? '';
      found.set(key, {
        chart: `${name} ${text(chart, 'version')}`,
        version: text(chart, 'version') ?? '',
        repository: text(chart, 'repository') ?? '',
        name,
        release: text(resource, 'metadata', 'annotations', 'crossplane.io/external-name') ?? '',
        namespace: text(provider, 'namespace') ?? '',
        values,
        example: `${example.sentence} (${example.flavour})`,
      });
    }
  return [...found.values()].sort((a, b) => (a.chart < b.chart ? -1 : 1));
}
