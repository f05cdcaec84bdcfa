/** Stand-ins for the real charts, by the same names and versions: one object to wait for, and nothing to pull. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ensureBinary } from '../binaries.ts';
import { readDocument } from '../documents.ts';
import { run } from '../run.ts';
import type { ChartVersion } from './catalog.ts';
import type { Kube } from './kube.ts';

const KNATIVE_CRD = fileURLToPath(new URL('knativeservings.yaml', import.meta.url));

/** On everything that a stand-in installs; the value is the chart's name. */
export const STAND_IN = 'bed.xenvironment.dev/stand-in';

/** Helm waits until it is ready, and the players make it so. A new version is a new generation. */
const STATEFUL_SET = `
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .Release.Name }}
  labels: {${STAND_IN}: {{ .Chart.Name }}}
spec:
  replicas: 1
  serviceName: {{ .Release.Name }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}, version: {{ .Chart.Version }}}
    spec: {containers: [{name: main, image: stand-in.invalid/none}]}
`;

/** What it was asked for, to be looked at. */
const VALUES = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: {${STAND_IN}: {{ .Chart.Name }}}
data: {values: {{ .Values | toJson | quote }}, version: {{ .Chart.Version | quote }}}
`;

/** @param folder gets index.yaml and the archives; @param url where it will be served */
export async function makeCharts(
  folder: string,
  charts: readonly ChartVersion[],
  url: string,
): Promise<void> {
  const helm = await ensureBinary('helm');
  await mkdir(folder, { recursive: true });
  await Promise.all(charts.map((chart) => makeChart(helm, folder, chart)));
  await ran(helm, ['repo', 'index', folder, '--url', url]);
}

async function makeChart(helm: string, folder: string, chart: ChartVersion): Promise<void> {
  const source = join(folder, 'sources', chart.version, chart.name);
  const templates = join(source, 'templates');
  await mkdir(templates, { recursive: true });
  await Promise.all([
    writeFile(join(source, 'Chart.yaml'), stringify({ apiVersion: 'v2', ...chart })),
    writeFile(join(templates, 'statefulset.yaml'), STATEFUL_SET),
    writeFile(join(templates, 'values.yaml'), VALUES),
    // The operator brings its CRD, and uninstalling it takes the CRD away: as the real one.
    chart.name === 'knative-operator'
      ? writeFile(join(templates, 'crd.yaml'), await knativeCrd())
      : undefined,
  ]);
  await ran(helm, ['package', source, '--destination', folder]);
}

/** Where several environments share one API server, only the first of their operators has it. */
async function knativeCrd(): Promise<string> {
  const lookup =
    '{{- $crd := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "knativeservings.operator.knative.dev" }}';
  const owner = '(dig "metadata" "annotations" "meta.helm.sh/release-name" "" $crd)';
  const yaml = await readFile(KNATIVE_CRD, 'utf8');
  return `${lookup}\n{{- if or (not $crd) (eq .Release.Name ${owner}) }}\n${yaml}{{- end }}\n`;
}

/** For many at once: operators that come at the same moment would all try to be the first. */
export async function installKnativeCrd(remote: Kube): Promise<void> {
  await remote.apply(readDocument(KNATIVE_CRD));
}

async function ran(helm: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(helm, args);
  if (code !== 0) throw new Error(`helm ${args[0]} failed:\n${stderr}`);
}
