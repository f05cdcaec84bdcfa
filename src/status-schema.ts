// What comes back: the schema of status. The XRDs are generated from it.
//
// Only what a list map needs as its key is required, and nothing is an enum or has a pattern: Crossplane applies
// status as a whole, so a function that is newer than the XRD must never have all of it refused for one new word.
import { z } from 'zod';
import { strict } from './schema.ts';

const summarySchema = strict({
  tools: z.string().optional().describe('Tools that are ready, of all, such as 2/3.'),
  steps: z.string().optional().describe('Composed resources that are ready, of all, such as 7/9.'),
  message: z.string().optional().describe('What is being waited for.'),
}).describe('How far the environment is.');

const clusterStatusSchema = strict({
  type: z.string().optional().describe('Cluster type: gke or vcluster.'),
  name: z
    .string()
    .optional()
    .describe('Name of the cluster outside; what spec.cluster.moveFrom takes.'),
  host: z.string().optional().describe('Host cluster of a vcluster.'),
  location: z.string().optional().describe('Region or zone of a GKE cluster.'),
  version: z.string().optional().describe('Kubernetes version that runs.'),
  endpoint: z.string().optional().describe('Address of the Kubernetes API.'),
}).describe('The cluster that the environment lives in.');

const consideredSchema = strict({
  rule: z.string().describe('Name of the rule.'),
  matched: z.boolean().optional().describe('Whether it matched.'),
  error: z.string().optional().describe('Why it could not be evaluated.'),
}).describe('A placement rule that was looked at.');

const decisionSchema = strict({
  type: z.string().optional().describe('The cluster type that was decided on.'),
  by: z
    .string()
    .optional()
    .describe(
      'rule: a placement rule decided. request: spec asked for it. existing: it stays where it is.',
    ),
  rule: z.string().optional().describe('The rule that decided when the environment was created.'),
  reason: z.string().optional().describe('The reason that the catalog gives.'),
  considered: z
    .array(consideredSchema)
    .optional()
    .describe('The rules that were looked at, in the order of the catalog.'),
}).describe('Why the environment lives where it lives.');

const versionStatusSchema = strict({
  cluster: z.string().describe('Whose cluster: environment, ci, tools or host.'),
  component: z.string().describe('Component or catalog tool, such as knative.'),
  version: z.string().optional().describe('Version that runs or is being installed.'),
  state: z.string().optional().describe('preview, supported, deprecated or expired.'),
  reason: z.string().optional().describe('Why, such as Blocked or NotInCatalog.'),
  expires: z.string().optional().describe('Day from which on nobody should run it.'),
  next: z.string().optional().describe('Version to move to: the next hop, or what is waiting.'),
  target: z.string().optional().describe('Where the hops lead, if that is not next.'),
  message: z.string().optional().describe('Why it does not move on now.'),
  waiver: z
    .string()
    .optional()
    .describe('The waiver that allows it: who gave it, why and until when.'),
}).describe('A component and where its version is in its life.');

const toolStatusSchema = strict({
  name: z.string().describe('knative, ci, gitops or the name of a catalog tool.'),
  version: z.string().optional().describe('Version that runs or is being installed.'),
  ready: z.boolean().optional().describe('Whether it can be used.'),
  message: z.string().optional().describe('What it waits for.'),
  usage: z
    .string()
    .optional()
    .describe('What a developer writes to use it, such as runs-on: <name> in a workflow.'),
}).describe('A tool.');

const connectionSchema = strict({
  secretName: z.string().optional().describe('Secret in this namespace that holds the kubeconfig.'),
  command: z.string().optional().describe('How a person gets in.'),
}).describe('How to reach the cluster.');

const costSchema = strict({
  hourly: z.number().optional().describe('Estimate for an hour.'),
  monthly: z.number().optional().describe('Estimate for a month of 730 hours.'),
  currency: z.string().optional().describe('Currency, such as USD.'),
}).describe('What the catalog says that this costs.');

export const statusSchema = strict({
  phase: z
    .string()
    .optional()
    .describe('Creating, Ready, Upgrading, Degraded, Moving, Suspended or Expired.'),
  summary: summarySchema.optional(),
  cluster: clusterStatusSchema.optional(),
  decision: decisionSchema.optional(),
  versions: z
    .array(versionStatusSchema)
    .optional()
    .describe('The versions of everything, and what is due.')
    .meta({
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['cluster', 'component'],
    }),
  tools: z
    .array(toolStatusSchema)
    .optional()
    .describe('The tools of the environment.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  connection: connectionSchema.optional(),
  cost: costSchema.optional(),
  expiresAt: z.string().optional().describe('When the lifetime ends, RFC 3339. Left out: never.'),
  notes: z
    .array(z.string())
    .optional()
    .describe('What was kept as it runs though the catalog now says otherwise.'),
}).describe('The observed state of the environment.');
export type Status = z.output<typeof statusSchema>;
