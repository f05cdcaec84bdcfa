// npm run build: each program as one file with its source map, and what goes into the image beside them.
//
// dist/main.cjs                  the function
// dist/xenv.js                   the command line
// dist/package.json              says that xenv.js is an ES module
// dist/sbom.cdx.json             the packages that are in them (CycloneDX)
// dist/THIRD-PARTY-LICENSES.txt  the licenses of these
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const ROOT = new URL('..', import.meta.url);
const OUT = new URL(process.argv[2] ?? 'dist/', ROOT);

const COMMON = {
  absWorkingDir: ROOT.pathname,
  bundle: true,
  platform: 'node',
  target: 'node24',
  sourcemap: true,
  sourcesContent: false,
  metafile: true,
  // Less to read at the start, and less to keep. Names stay as they are, for stack traces; all is ASCII, or the text
  // would take two bytes a character. The licenses are in a file of their own.
  minifySyntax: true,
  minifyWhitespace: true,
  charset: 'ascii',
  legalComments: 'none',
  plugins: [
    { name: 'without locales', setup: withoutLocales },
    { name: 'in ASCII', setup: inAscii },
    { name: 'without proto files', setup: withoutProtoFiles },
  ],
  logLevel: 'warning',
};

/** Programs of the image by name. */
const PROGRAMS = {
  // As an ES module it would start later: importing node:http from one has Node load its fetch client as well.
  'main.cjs': { entryPoints: ['src/main.ts'], format: 'cjs' },
  // It imports itself in workers.
  'xenv.js': {
    entryPoints: ['src/cli/xenv.ts'],
    format: 'esm',
    // CommonJS packages call require.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  },
};

async function bundle() {
  const inputs = [];
  for (const [name, own] of Object.entries(PROGRAMS)) {
    const { metafile } = await build({ ...COMMON, ...own, outfile: new URL(name, OUT).pathname });
    inputs.push(...Object.keys(metafile.inputs));
  }
  return inputs;
}

/** Zod's messages in fifty languages: English is imported elsewhere, and the others are never asked for. */
function withoutLocales({ onLoad }) {
  onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({ contents: '' }));
}

/** grpc-js reads proto files for channelz, which is off, and for load reports of clients. */
function withoutProtoFiles({ onResolve, onLoad }) {
  onResolve({ filter: /^@grpc\/proto-loader$/ }, ({ path }) => ({ path, namespace: 'none' }));
  onLoad({ filter: /.*/, namespace: 'none' }, ({ path }) => ({
    contents: `throw new Error('${path} is not in the bundle')`,
  }));
}

/** esbuild leaves regular expressions as they are; cel-js has a micro sign in one. */
function inAscii({ onLoad }) {
  onLoad({ filter: /\/cel-js\/lib\/.*\.js$/ }, ({ path }) => ({
    contents: readFileSync(path, 'utf8').replaceAll('\u00b5', '\\u00b5'),
  }));
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
