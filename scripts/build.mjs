// npm run build: each program as one file with its source map, and what goes into the image beside them.
//
// dist/main.js                   the function
// dist/xenv.js                   the command line
// dist/package.json              says that these are ES modules
// dist/sbom.cdx.json             the packages that are in them (CycloneDX)
// dist/THIRD-PARTY-LICENSES.txt  the licenses of these
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url);
const OUT = new URL(process.argv[2] ?? 'dist/', ROOT);

/** Programs of the image by name. */
const PROGRAMS = { main: 'src/main.ts', xenv: 'src/cli/xenv.ts' };

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: ROOT.pathname,
    entryPoints: PROGRAMS,
    outdir: OUT.pathname,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    // Less to read at the start. Names stay as they are, for stack traces.
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [{ name: 'without locales', setup: withoutLocales }],
    logLevel: 'warning',
    // CommonJS packages call require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  return Object.keys(metafile.inputs);
}

/** Zod's messages in fifty languages: English is imported elsewhere, and the others are never asked for. */
function withoutLocales({ onLoad }) {
  onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: '' }));
}

/** The folders of the packages that these files are from, sorted. */
function packagesOf(files) {
  const folders = files.flatMap((file) => {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(file) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].sort();
}

function read(path) {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** Name, version and the text of its license, and of its notice, which Apache's wants to be handed on. */
function licenseOf(folder) {
  const { name, version, license } = JSON.parse(read(`${folder}/package.json`));
  if (typeof license !== 'string') throw new Error(`${folder}: package.json names no license`);
  const files = readdirSync(new URL(folder, ROOT)).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  const texts = files.sort().map((file) => read(`${folder}/${file}`).trim());
  const title = `${name} ${version} (${license})`;
  return `${title}\n${'='.repeat(title.length)}\n\n${texts.join('\n\n') || NO_TEXT}\n`;
}

const NO_TEXT = 'The package comes without a license text; its package.json names the license above.';

/** What npm knows of these packages: names, versions, licenses, checksums, and what depends on what. */
function sbom(folders) {
  const command = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application'];
  const { status, stdout, stderr } = spawnSync('npm', command, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`npm sbom failed:\n${stderr}`);
  // Without what differs from run to run: the same sources, the same bytes.
  const { serialNumber: _, metadata, components, dependencies, ...rest } = JSON.parse(stdout);
  const { timestamp: __, component, ...about } = metadata;
  const { name } = JSON.parse(read('package.json'));
  const manifests = folders.map((folder) => JSON.parse(read(`${folder}/package.json`)));
  const references = new Set(manifests.map((each) => `${each.name}@${each.version}`));
  const isIn = (reference) => references.has(reference) || reference === component['bom-ref'];
  const document = {
    ...rest,
    // npm takes the folder's name for ours.
    metadata: { ...about, component: { ...component, name } },
    components: components.filter((each) => isIn(each['bom-ref'])),
    dependencies: dependencies
      .filter(({ ref }) => isIn(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isIn) })),
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

mkdirSync(OUT, { recursive: true });
const packages = packagesOf(await bundle());
const write = (name, text) => writeFileSync(new URL(name, OUT), text);
write('package.json', '{ "type": "module" }\n');
write('THIRD-PARTY-LICENSES.txt', packages.map(licenseOf).join('\n\n'));
write('sbom.cdx.json', sbom(packages));
console.log(`${OUT.pathname}: ${Object.keys(PROGRAMS).join(', ')}, of ${packages.length} packages`);
