// Every example composes to its expected.yaml. UPDATE_EXAMPLES=1 rewrites them: read the diff.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { isObject } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import { parseDocuments } from './control-plane/documents.ts';
import { answerOf, EXAMPLES, type Example, examples, printed } from './support/examples.ts';

const all = examples();
const sentences = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const update = process.env.UPDATE_EXAMPLES === '1';

test.each(all)('$sentence ($flavour) composes to its expected.yaml', (example) => {
  const path = join(example.folder, 'expected.yaml');
  const answer = printed(answerOf(example));
  if (update) writeFileSync(path, answer);
  expect(existsSync(path), 'UPDATE_EXAMPLES=1 writes it').toBe(true);
  // As documents: comments and the order of keys are nobody's business.
  expect(parseDocuments(answer)).toEqual(parseDocuments(readFileSync(path, 'utf8')));
});

test('every folder is an example in one flavour at least', () => {
  expect([...new Set(all.map(({ sentence }) => sentence))].sort()).toEqual(sentences);
});

test('the folders hold nothing that nobody reads', () => {
  const known =
    /^[a-z0-9-]+\/(catalog|(claims|namespaced)\/(xr|observed|secrets|required|expected))\.yaml$/;
  const files = readdirSync(EXAMPLES, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(EXAMPLES, join(parentPath, name)));
  expect(files.filter((file) => file.includes('/') && !known.test(file))).toEqual([]);
});

test('README.md lists every example once, and nothing else', () => {
  const readme = readFileSync(join(EXAMPLES, 'README.md'), 'utf8');
  const listed = [...readme.matchAll(/^\| \[[^\]]*\]\(([^)]*)\) \|/gm)].map(([, folder]) => folder);
  expect([...listed].sort()).toEqual(sentences);
});

const inBoth = sentences.filter(
  (sentence) => all.filter((example) => example.sentence === sentence).length > 1,
);

test.each(inBoth)('%s says the same in both flavours', (sentence) => {
  const [one, other] = all.filter((example) => example.sentence === sentence).map(said);
  expect(one).toEqual(other);
});

/** What the developer reads, but for how the kubeconfig reaches them; and what is composed, by name. */
function said(example: Example): unknown {
  const [composite, ...rest] = answerOf(example);
  const status = isObject(composite?.status) ? composite.status : {};
  const { connection: _, ...same } = status;
  return { same, rest: rest.map(nameOf) };
}

function nameOf(document: JsonObject): unknown {
  const { metadata, message } = document;
  return isObject(metadata) ? metadata.name : message;
}
