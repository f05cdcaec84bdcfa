/** What Helm makes of the real charts with our values. What cannot be had is a failure that says which. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { ensureBinary } from '../control-plane/binaries.ts';
import { run } from '../control-plane/run.ts';
import { type ReleaseCase, releaseCases } from './releases.ts';

/** The environments' own: charts ask for a least version. */
const KUBERNETES = '1.35.0';

/** A folder with unpacked charts, `<name>/<version>/`, where the internet is not to be had. */
const folder = process.env.XENVIRONMENT_CHART_SOURCES;

const scratch = mkdtempSync(join(tmpdir(), 'charts-'));
let helm = '';

beforeAll(async () => {
  helm = await ensureBinary('helm');
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** Where Helm takes a chart from: a folder, a registry, or a classic repository. */
function source({ repository, name, version }: ReleaseCase): string[] {
  const unpacked = join(folder ?? '', name, version);
  if (folder !== undefined && existsSync(join(unpacked, 'Chart.yaml'))) return [unpacked];
  if (repository.startsWith('oci://')) return [`${repository}/${name}`, '--version', version];
  return [name, '--repo', repository, '--version', version];
}

test.each(releaseCases().map((each, i) => ({ ...each, number: i + 1 })))(
  '$chart renders with the values of $example',
  async (release) => {
    const values = join(scratch, `${release.number}.yaml`);
    writeFileSync(values, stringify(release.values));
    const { code, stdout, stderr } = await run(helm, [
      'template',
      release.release,
      ...source(release),
      `--values=${values}`,
      `--namespace=${release.namespace}`,
      `--kube-version=${KUBERNETES}`,
    ]);
    const where = `${release.name} ${release.version} from ${release.repository}`;
    expect(code, `${where} was not rendered: ${stderr}`).toBe(0);
    const documents = parseAllDocuments(stdout).flatMap((document) => document.toJS() ?? []);
    expect(documents.length, where).toBeGreaterThan(0);
    for (const document of documents)
      expect(document, where).toMatchObject({
        apiVersion: expect.any(String),
        kind: expect.any(String),
      });
  },
);
