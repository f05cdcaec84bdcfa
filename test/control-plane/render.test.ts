/** Every example, rendered by a real Crossplane and checked against the real CRDs. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningFunction, startFunction } from '../support/process.ts';
import { ensureBinary } from './binaries.ts';
import { compositionFor } from './composition.ts';
import { gcpCrdFolders, gcpCrds, moduleCrds } from './crds.ts';
import { type Rendered, render, validate } from './crossplane.ts';
import { printDocuments, readDocument } from './documents.ts';
import { type Example, functionsFile, listExamples, packageFile } from './examples.ts';
import { outcome, renderedOutcome } from './outcome.ts';

const examples = listExamples();
const { small, real } = gcpCrdFolders();

let crds: readonly string[];
let folder: string;
let server: RunningFunction;

beforeAll(async () => {
  // One after the other: a build takes every core that there is.
  await ensureBinary('crossplane-core');
  await ensureBinary('crossplane');
  crds = await moduleCrds();
  folder = await mkdtemp(join(tmpdir(), 'xenvironment-render-'));
  server = await startFunction('2026-11-22T00:00:00Z');
});

afterAll(async () => {
  await server?.stop();
  if (folder !== undefined) await rm(folder, { recursive: true });
});

test('there are examples to render', () => {
  expect(examples).not.toEqual([]);
});

describe.each(examples)('$name', (example) => {
  const refusal = example.expected.find(({ severity }) => severity === 'Fatal');
  let rendered: Rendered;

  beforeAll(async () => {
    rendered = await renderExample(example);
  });

  if (refusal !== undefined) {
    test('is refused with the expected message', () => {
      expect(rendered.ok).toBe(false);
      // The command line indents a message's further lines.
      expect(oneLine(rendered.stderr)).toContain(oneLine(String(refusal.message)));
    });
    return;
  }

  test('renders to its expected.yaml', () => {
    expect(rendered.ok, rendered.stderr).toBe(true);
    const namespace = readDocument(example.xr).metadata?.namespace;
    expect(renderedOutcome(rendered.documents, namespace)).toEqual(
      outcome(example.expected, namespace),
    );
  });

  test('is valid by the real CRDs, and by the small ones for GCP', async () => {
    await expectValid(example, rendered, small);
  });

  if (real === undefined) return;
  test('is valid by the real CRDs, those for GCP included', async () => {
    await expectValid(example, rendered, real);
  });
});

async function renderExample(example: Example): Promise<Rendered> {
  const { flavour, xr, observed, secrets, required } = example;
  return render({
    xr,
    composition: await compositionFor(example, folder),
    functions: functionsFile,
    xrd: packageFile(flavour, 'definition'),
    observed,
    functionCredentials: secrets,
    requiredResources: required === undefined ? [] : [required],
    functionAnnotations: {
      'render.crossplane.io/runtime': 'Development',
      'render.crossplane.io/runtime-development-target': server.address,
    },
  });
}

async function expectValid(
  { flavour }: Example,
  { documents }: Rendered,
  gcpFolder: string,
): Promise<void> {
  const resources = documents.filter(({ kind }) => kind !== 'Result');
  const file = join(folder, 'rendered.yaml');
  await writeFile(file, printDocuments(resources));
  // Never both flavours' XRDs: the claim of one and the composite of the other are the same kind.
  const xrd = packageFile(flavour, 'definition');
  expect(resources).not.toEqual([]);
  expect(await validate([xrd, ...crds, ...gcpCrds(gcpFolder)], file)).toEqual({
    valid: resources.length,
    problems: [],
  });
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
