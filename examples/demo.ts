// npm run demo: starts the function and plays environments from request to ready over real gRPC.
import { readFileSync } from 'node:fs';
import pc from 'picocolors';
import { parse, stringify } from 'yaml';
import { at, text } from '../src/json.ts';
import type { JsonObject } from '../src/step.ts';
import { startFunction } from '../test/support/process.ts';
import { environment, type Pass, type World, world } from '../test/support/world.ts';

const NOW = '2026-11-22T00:00:00Z';
const catalog = parse(readFileSync(new URL('catalog.yaml', import.meta.url), 'utf8')) as JsonObject;

/** The catalog as it was, or will be: with another default version of Knative, and none that has expired. */
function blessing(standard: string): JsonObject {
  const versions = ['1.21', '1.22', '1.23'].map((version) => ({
    version,
    chart: `${version}.0`,
    ...(version === standard ? { default: true } : {}),
  }));
  const components = { ...(at(catalog, 'components') as JsonObject), knative: { versions } };
  return { ...catalog, components };
}

function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

function chapter(title: string, text: string, composite: JsonObject): void {
  print();
  print(pc.bold(title));
  print(text);
  print();
  const shown = { kind: 'Environment', spec: withoutClaim(at(composite, 'spec') as JsonObject) };
  for (const line of stringify(shown).trimEnd().split('\n')) print(pc.cyan(`    ${line}`));
  print();
}

function withoutClaim(spec: JsonObject): JsonObject {
  const { claimRef: _, ...rest } = spec;
  return rest;
}

/** One line a pass: what it created, changed or took away, and what is waited for. */
function tell(passes: readonly Pass[]): void {
  passes.forEach((pass, i) => {
    const parts = [
      pass.created.length > 0 ? pc.green(`creates ${pass.created.join(', ')}`) : '',
      pass.changed.length > 0 ? pc.yellow(`changes ${pass.changed.join(', ')}`) : '',
      pass.dropped.length > 0 ? pc.red(`takes away ${pass.dropped.join(', ')}`) : '',
    ].filter((part) => part !== '');
    const what = parts.length === 0 ? pc.dim('looks again') : parts.join('; ');
    print(`  pass ${String(i + 1).padStart(2)}  ${what}`);
    print(`           ${pass.fatal === undefined ? pc.dim(`${pass.phase}: ${pass.message}`) : pc.red(`refused: ${pass.fatal}`)}`);
  });
}

function decision(composite: JsonObject): void {
  const status = at(composite, 'status');
  const decided = at(status, 'decision');
  print();
  print(`  decision   ${pc.bold(String(at(decided, 'type')))} by ${at(decided, 'by')} ${at(decided, 'rule') ?? ''}: ${at(decided, 'reason')}`);
  for (const considered of (at(decided, 'considered') as JsonObject[]) ?? []) {
    print(`             ${considered['matched'] === true ? '✓' : '✗'} ${considered['rule']}`);
  }
}

function status(composite: JsonObject): void {
  const { conditions, decision: _, ...rest } = at(composite, 'status') as JsonObject;
  print();
  for (const line of stringify(rest, { lineWidth: 110 }).trimEnd().split('\n')) print(`  ${line}`);
  for (const condition of (conditions as JsonObject[]) ?? []) {
    const good = condition['status'] === 'True';
    const mark = good ? pc.green('True ') : pc.yellow(String(condition['status']));
    print(`  ${String(condition['type']).padEnd(16)}${mark} ${condition['reason']}: ${condition['message']}`);
  }
}

async function play(place: World): Promise<void> {
  tell(await place.settle());
}

// `npm run demo | head` closes the pipe: then there is nobody to tell.
process.stdout.on('error', () => process.exit(0));

async function main(): Promise<void> {
  const started = performance.now();
  const fn = await startFunction(NOW);
  print(`function-xenvironment listens on ${fn.address}; its clock stands at ${NOW}`);
  try {
    const development = world(fn.call, environment('namespaced', { purpose: 'development' }), catalog);
    chapter('1. Three lines become a virtual cluster', 'A developer asks for a development environment and says nothing else.', development.composite);
    await play(development);
    decision(development.composite);
    status(development.composite);

    const production = world(fn.call, environment('claims', { purpose: 'production' }), catalog);
    chapter('2. The same three lines become a GKE cluster', 'For production a rule of the catalog decides otherwise. This one is a claim: both flavours come from one code path.', production.composite);
    await play(production);
    decision(production.composite);
    status(production.composite);

    const refused = world(
      fn.call,
      environment('namespaced', { purpose: 'development', tools: { knative: { version: '1.22' } } }, { name: 'shop', namespace: 'team-shop' }),
      catalog,
    );
    chapter('3. A version that is not blessed is refused', 'Nothing is created, and the message says what to write instead.', refused.composite);
    tell([await refused.pass()]);

    const older = world(fn.call, environment('claims', { purpose: 'development' }, { name: 'cart', namespace: 'team-cart' }), blessing('1.21'));
    await older.settle();
    older.catalog = blessing('1.23');
    chapter('4. The catalog blesses another version', 'An environment runs Knative 1.21; now 1.23 is the default. Development follows by itself, one minor at a time, the operator first.', older.composite);
    await play(older);

    development.composite = { ...development.composite, spec: { purpose: 'development', tools: { knative: { enabled: false } } } };
    chapter('5. A tool is removed', 'The environment of chapter 1 does without Knative: dependents first, and each really uninstalled before the next goes.', development.composite);
    await play(development);
    print();
    print(`  left: ${[...development.composed.keys()].sort().join(', ')}`);
  } finally {
    await fn.stop();
  }
  print();
  print(pc.dim(`${((performance.now() - started) / 1000).toFixed(1)} seconds; ${text(catalog, 'organization')}'s catalog is examples/catalog.yaml`));
}

await main();
