// The pipeline of one call, from what is observed to what is desired. Pure: no clock, no randomness, no SDK.
import { type Catalog, catalogOf } from './catalog/parse.ts';
import { type CatalogFrom, catalogFrom, catalogFromOf } from './catalog/sources.ts';
import { handedOut } from './clusters/vcluster-developer.ts';
import { type Composite, compositeOf, identityOf } from './composite.ts';
import type { Context } from './context.ts';
import type { Decided, Inputs } from './decided.ts';
import { type Request, requestOf } from './environment.ts';
import { gate } from './gate.ts';
import { namesOf } from './manifests/names.ts';
import { needsOf } from './needs.ts';
import { type Decision, place } from './placement.ts';
import { type Plan, planOf } from './plan.ts';
import { messageOf, Refused } from './problem.ts';
import { usagesFor } from './protection.ts';
import { remembering } from './remember.ts';
import { type Leaving, rememberedOn, removalOf } from './removal.ts';
import { refusalOf, reportOf } from './report.ts';
import { hostVersion } from './shared-knative.ts';
import type { Condition, Json, JsonObject, Manifest, Observed, Result } from './step.ts';
import { type Survey, surveyOf } from './survey.ts';
import { clashes, heldTools, taken, tolerate, unplannable, unresizable } from './tolerate.ts';
import { together } from './unreadable.ts';
import { type Journey, journeyOf } from './upgrade/journey.ts';
import { inMotion, movingSteps } from './upgrade/motion.ts';
import type { Hop } from './upgrade/route.ts';
import { decidedAt } from './upgrade/stands.ts';
import { type Start, startOf } from './upgrade/start.ts';
import { verdictOf } from './verdict.ts';
import { chooseVersions, differs } from './versions.ts';
import { type WantedTools, wantedTools } from './wanted.ts';

/** One call of the function, as plain objects. */
export interface Call {
  /** The observed composite. */
  readonly composite: JsonObject;
  /** Observed composed resources, other pipeline steps' among them. */
  readonly observed: Observed;
  /** The pipeline step's input: a Catalog, or part of one. */
  readonly input: unknown;
  /** The EnvironmentConfigs that an earlier answer asked for; undefined: they were not looked up yet. */
  readonly configs?: readonly JsonObject[] | undefined;
  /** The environment in the pipeline's context. */
  readonly context?: Json | undefined;
  readonly now: Date;
  /** Composition resource names that earlier steps of the pipeline desire. */
  readonly foreign: ReadonlySet<string>;
  /** Whether a look-up of an earlier answer found it; undefined: it was not looked up. */
  readonly isThere: (leaving: Leaving) => boolean | undefined;
}

/** What should exist, and what is to be said. */
export interface Answer {
  readonly conditions: readonly Condition[];
  readonly results: readonly Result[];
  /** Undefined: refused, or nothing can be said yet. Nothing is created, changed or deleted. */
  readonly desired: Desired | undefined;
  /** EnvironmentConfigs to be looked up and told in the next call. */
  readonly catalogFrom?: CatalogFrom | undefined;
}

export interface Desired {
  readonly resources: readonly { name: string; manifest: Manifest; ready: boolean }[];
  readonly status: JsonObject;
  readonly waiting: boolean;
  readonly ttlSeconds: number;
  /** The same call gives the same answer until then, in milliseconds; not after `now`: for this moment alone. */
  readonly sameUntil: number;
  /** For the claim's connection Secret: the one credential that passes through, where it is meant to. */
  readonly kubeconfig: Uint8Array | undefined;
  /** To be looked up and told in the next call. */
  readonly lookUp: readonly Leaving[];
}

export function compose(call: Call): Answer {
  const composite = compositeOf(call.composite);
  let from: CatalogFrom | undefined;
  try {
    from = catalogFromOf(call.input);
    if (from !== undefined && call.configs === undefined) {
      return { conditions: [], results: [], desired: undefined, catalogFrom: from };
    }
    const { input, configs = [], context } = call;
    const whole = catalogFrom({ input, from, configs, context });
    return { ...accept({ ...call, input: whole }, composite), catalogFrom: from };
  } catch (error) {
    if (error instanceof Refused)
      return {
        ...refusalOf(error, composite.conditions),
        desired: undefined,
        catalogFrom: from,
      };
    throw error;
  }
}

function accept(call: Call, composite: Composite): Answer {
  const catalog = catalogOf(call.input);
  const survey = surveyOf(call.observed, call.foreign);
  const request = requestOf(composite, catalog, survey);
  if (!('environment' in request)) throw new Refused(request.problems);
  const { decision, problems: misplaced, notes: lost = [] } = place(request, catalog, survey);
  const early = [...survey.problems, ...request.problems, ...misplaced];
  if (decision === undefined) throw new Refused(together(request.unreadable, early));
  const wanted = wantedTools(request, decision, catalog, survey);
  const sharesKnative = wanted.tools.some((tool) => tool.cluster === 'host');
  const inputs: Inputs = {
    catalog,
    identity: identityOf(composite),
    now: call.now,
    upgrades: request.purpose.upgrades ?? 'manual',
    surroundings: {
      hosts: {
        environment: decision.hostEntry?.kubernetes,
        ci: wanted.ciCluster?.hostEntry?.kubernetes,
      },
      tools: catalog.clusters.tools?.kubernetes,
      knative: sharesKnative ? decision.hostEntry?.knative?.version : undefined,
    },
  };
  const versions = chooseVersions(needsOf(request, decision, wanted, survey), inputs);
  const journey = journeyOf(versions.decided, inputs);
  const shared = sharesKnative
    ? hostVersion(decision, inputs, survey)
    : { decided: [], problems: [] };
  const context = contextOf(call, composite, catalog, request, survey);
  const found = [
    ...early,
    ...[wanted, versions, journey, shared].flatMap(({ problems }) => problems),
  ];
  const tolerated = tolerate(found, request, survey);
  const held = heldTools(tolerated, wanted, survey);
  const planWith = (decided: readonly Decided[]) => {
    const versions = [...decided, ...shared.decided];
    return planOf({ context, request, decision, catalog, wanted, versions, held });
  };
  const standing = planWith(journey.decided);
  const start = startOf({
    journey,
    progress: gate(standing.steps, call.observed),
    isLeaving: rememberedOn(anchorOf(survey)).length > 0,
    underWay: survey.accepted?.underWay,
    window: request.purpose.maintenance,
    isPlanned: standing.cluster !== undefined,
    inputs,
  });
  const plan = start.hop === undefined ? standing : planWith(moved(journey, start.hop, inputs));
  const notes = [
    ...request.notes,
    ...lost,
    ...plan.notes,
    ...journey.decided.flatMap(differs),
    ...(plan.cluster?.kept ?? []),
    ...tolerate(
      [
        ...tolerated,
        ...plan.problems,
        ...unresizable(plan, survey),
        ...unplannable(plan, request, survey),
        ...clashes(plan, call.observed),
        ...taken(plan, call.foreign),
      ],
      request,
      survey,
    ).map((p) => messageOf([p])),
  ];
  return settle(call, {
    composite,
    catalog,
    survey,
    request,
    decision,
    wanted,
    plan,
    context,
    notes,
    versions: [...journey.decided, ...shared.decided],
    start,
    moving: movingSteps(standing, plan, start),
  });
}

/** The components with one of them where its hop leads. */
function moved({ decided }: Journey, hop: Hop, inputs: Inputs): Decided[] {
  return decided.map((d) => (d === hop.decided ? decidedAt(d, hop.to, inputs) : d));
}

interface Settled {
  readonly composite: Composite;
  readonly catalog: Catalog;
  readonly survey: Survey;
  readonly request: Request;
  readonly decision: Decision;
  readonly wanted: WantedTools;
  readonly plan: Plan;
  readonly context: Context;
  readonly notes: readonly string[];
  readonly versions: readonly Decided[];
  readonly start: Start;
  /** Steps that this call's hop changes, by name, with what happens to them. */
  readonly moving: ReadonlyMap<string, string>;
}

/** Gates the plan, keeps what exists beside it, and reports. */
function settle(call: Call, s: Settled): Answer {
  const { survey, plan, context } = s;
  // By name alone: what is planned and exists stays, also if somebody took our labels off.
  const gated = gate(plan.steps, call.observed).map((p) => inMotion(p, s.moving));
  const usages = gate(usagesFor(gated, context), call.observed);
  const removal = removalOf({
    planned: [...gated, ...usages].map((p) => p.step),
    observed: survey.ours,
    remembered: rememberedOn(anchorOf(survey)),
    isThere: call.isThere,
    verdict: verdictOf(s, gated),
  });
  const progress = [...gated, ...usages, ...gate(removal.kept, survey.ours)];
  const report = reportOf({
    ...s,
    cluster: plan.cluster,
    clusterName: plan.cluster?.status.name ?? context.names.outside(s.decision.type),
    progress,
    leaving: removal.leaving.map((leaving) => leaving.name),
    pending: removal.pending,
    wanted: s.wanted.tools,
    stuck: plan.stuck,
    held: s.start.held,
    window: s.request.purpose.maintenance,
    moments: s.catalog.compiled.moments,
    now: call.now,
  });
  return {
    conditions: report.conditions,
    results: report.results,
    desired: {
      resources: progress
        .filter((p) => p.state !== 'waiting')
        .map(({ state, step }) => ({
          name: step.name,
          manifest: remembering(step, s, removal.leaving),
          ready: state === 'ready',
        })),
      status: report.status,
      waiting: report.waiting,
      ttlSeconds: report.ttlSeconds,
      sameUntil: report.sameUntil,
      kubeconfig: kubeconfigOf(s),
      lookUp: removal.lookUp,
    },
  };
}

function contextOf(
  call: Call,
  composite: Composite,
  catalog: Catalog,
  request: Request,
  survey: Survey,
): Context {
  const { name, namespace } = composite;
  const { organization, controlPlane = '' } = catalog;
  return {
    flavour: composite.flavour,
    environment: request.environment,
    catalog,
    names: namesOf({ organization, controlPlane, namespace, name }, survey.hash),
    observed: call.observed,
  };
}

function anchorOf(survey: Survey) {
  return survey.anchor === undefined ? undefined : survey.ours.get(survey.anchor);
}

function kubeconfigOf({ composite, request, survey }: Settled): Uint8Array | undefined {
  if (composite.flavour !== 'claims' || request.environment.access !== 'direct') return undefined;
  return handedOut(anchorOf(survey), survey.ours.get('vcluster-developer'));
}
