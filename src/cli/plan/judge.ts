// The effect of a catalog change on one environment: the function's answers to both catalogs, compared.
import type { Answer } from '../../compose.ts';
import { compositeOf } from '../../composite.ts';
import { canonical, compact, text } from '../../json.ts';
import type { Environment } from '../fleet/environments.ts';
import { ask } from '../play.ts';
import { costOf, refusalIn, titleOf, versionsOf } from '../view.ts';
import { costFinding, costsOf } from './cost-finding.ts';
import { type Effect, type Finding, verdictOf } from './finding.ts';
import { placementFinding } from './placement-finding.ts';
import { type Question, type Side, sideOf } from './side.ts';
import { versionFindings } from './version-findings.ts';

/** Judges environments of one question; what many of them have in common is worked out once. */
export function judgeOf(question: Question): (environment: Environment) => Effect {
  const before = sideOf(question.from, question);
  const later = sideOf(question.to, question);
  return (environment) => {
    const old = lookAt(environment, before);
    const today = lookAt(environment, later);
    const known = new Set(old.findings.map(keyOf));
    const findings: Finding[] = today.findings.map((finding) => ({
      ...finding,
      new: !known.has(keyOf(finding)),
    }));
    const costs = { from: costOf(old.answer), to: costOf(today.answer) };
    findings.push(...costFinding(costs, today.answer));
    const { name, namespace } = compositeOf(environment.composite);
    const accepted = today.answer.desired === undefined ? old.answer : today.answer;
    return compact({
      namespace,
      name,
      purpose: text(environment.composite, 'spec', 'purpose') ?? '',
      cluster: text(accepted.desired?.status, 'cluster', 'type') ?? '',
      verdict: verdictOf(findings),
      findings,
      cost: costsOf(costs),
      versions: versionsOf(accepted).map((row) =>
        compact({
          component: titleOf(row),
          version: row.version,
          state: row.state,
          next: row.target,
        }),
      ),
    });
  };
}

interface Look {
  readonly answer: Answer;
  readonly findings: readonly Finding[];
}

function lookAt(environment: Environment, side: Side): Look {
  const answer = ask(environment, side.input, side.now);
  const refusal = refusalIn(answer);
  if (refusal !== undefined) {
    const { reason, message } = refusal;
    return { answer, findings: [{ kind: 'refused', new: true, message: `${reason}: ${message}` }] };
  }
  return {
    answer,
    findings: [
      ...versionFindings(environment, answer, side),
      ...placementFinding(environment, answer, side),
    ],
  };
}

/** What makes two findings the same in both catalogs. */
function keyOf({ kind, component, cluster, from, to, unblessed }: Finding): string {
  // Refused is refused, whatever is said.
  if (kind === 'refused') return kind;
  return canonical([kind, component, cluster, from, to, unblessed]);
}
