// What both engines share: the repository that they are pointed at, its credentials, and what is wrong with them.
import type { ToolContext } from '../../context.ts';
import { Refused } from '../../problem.ts';
import type { ToolsSpec } from '../../spec.ts';
import type { Readiness } from '../../step.ts';

export type GitopsBlock = NonNullable<ToolsSpec['gitops']>;
export type Repository = NonNullable<GitopsBlock['repository']>;

interface BlockProblem {
  readonly path: string;
  readonly message: string;
}

/** Problems of a block for any engine. */
export function repositoryProblems({ repository, secretRef }: GitopsBlock): BlockProblem[] {
  if (repository === undefined) {
    if (secretRef === undefined) return [];
    const message = 'goes with repository only; write repository: {url, path, revision}';
    return [{ path: 'secretRef', message }];
  }
  return [
    ...problem('repository.url', urlProblem(repository.url)),
    ...problem('repository.path', pathProblem(repository.path)),
  ];
}

export function problem(path: string, message: string | undefined): BlockProblem[] {
  return message === undefined ? [] : [{ path, message }];
}

/** `git@host:path`, as git hosts offer it. */
const SCP = /^[\w.-]+@([\w.-]+):(?!\/)(\S+)$/;

function urlProblem(url: string): string | undefined {
  const example = 'https://github.com/acme/deploy or ssh://git@github.com/acme/deploy';
  if (SCP.test(url)) return undefined;
  if (!URL.canParse(url)) return `is not an address of a repository; write one such as ${example}`;
  const { protocol, username, password, search, hash } = new URL(url);
  if (!['https:', 'http:', 'ssh:'].includes(protocol))
    return `must begin with https://, http:// or ssh://, such as ${example}`;
  // Not repeated in the message: it would end up in events.
  if (password !== '' || (protocol !== 'ssh:' && username !== ''))
    return 'must not contain credentials; they belong in secretRef';
  if (search !== '' || hash !== '')
    return 'must end with its path: a token in it would be seen; credentials belong in secretRef';
  return undefined;
}

function pathProblem(path: string | undefined): string | undefined {
  if (path === undefined || !path.split('/').includes('..')) return undefined;
  return `${JSON.stringify(path)} leads out of the repository; write a folder in it, such as envs/checkout`;
}

/** As an address with a scheme: Flux takes no other. */
export function withScheme(url: string): string {
  return url.replace(SCP, (_, host, path) => `ssh://git@${host}/${path}`);
}

/** Folder in the repository, without a slash at its ends; empty: its root. */
export function folderOf({ path = '' }: Repository): string {
  return path.replace(/^(\.?\/)+|\/+$/g, '').replace(/^\.$/, '');
}

/** For people: what is deployed. */
export function described(repository: Repository): string {
  const folder = folderOf(repository);
  const where = folder === '' ? '' : `, folder ${folder}`;
  const revision = repository.revision === undefined ? '' : ` at ${repository.revision}`;
  return `${repository.url}${revision}${where}`;
}

/** What a developer does to change what runs. */
export function usageOf(repository: Repository | undefined): string {
  if (repository === undefined) return 'write tools.gitops.repository to deploy from git';
  return `push to ${described(repository)}`;
}

/** A failure says which repository and folder: that is where the developer can do something. */
export function naming(repository: Repository, readiness: Readiness): Readiness {
  return (observed) => {
    const why = readiness(observed);
    if (why?.reason !== 'Failed') return why;
    return { ...why, message: `${why.message} for ${described(repository)}` };
  };
}

/** @throws Refused where there is no namespace to copy from */
export function credentialsOf(
  { secretRef }: GitopsBlock,
  { environment }: ToolContext,
): string | undefined {
  if (secretRef === undefined || environment.namespace !== '') return secretRef?.name;
  const message =
    'a composite without a claim has no namespace that its Secret could be in; make the environment with a claim';
  throw new Refused([{ reason: 'InvalidSpec', path: 'spec.tools.gitops.secretRef', message }]);
}
