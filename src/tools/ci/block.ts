// The block `ci` of spec.tools: what agents of every kind ask of it, and the words for what does not apply.
import type { ToolsSpec } from '../../spec.ts';

export type CiBlock = NonNullable<ToolsSpec['ci']>;

export interface BlockProblem {
  /** Below the block. */
  readonly path: string;
  readonly message: string;
}

/** What spec.ts promises for what is left out. */
const DEFAULTS = { minimum: 0, maximum: 5 } as const;

export function agentsOf({ agents }: CiBlock): {
  readonly minimum: number;
  readonly maximum: number;
} {
  return {
    minimum: agents?.minimum ?? DEFAULTS.minimum,
    maximum: agents?.maximum ?? DEFAULTS.maximum,
  };
}

/** A field that must not be there: ignoring it would promise something. */
export function unwanted(
  block: CiBlock,
  field: 'url' | 'secretRef' | 'agents',
  why: string,
): BlockProblem[] {
  if (block[field] === undefined) return [];
  return [{ path: field, message: `does not apply to ${block.agent}: ${why}; leave it out` }];
}

export function agentsProblems(block: CiBlock): BlockProblem[] {
  const { minimum, maximum } = agentsOf(block);
  if (minimum <= maximum) return [];
  const what =
    block.agents?.maximum === undefined ? `the default maximum, ${maximum}` : `maximum, ${maximum}`;
  return [{ path: 'agents.minimum', message: `${minimum} is more than ${what}` }];
}

/** Agents that start with their work: none of them waits. */
export function onDemandProblems(block: CiBlock, why: string): BlockProblem[] {
  if (agentsOf(block).minimum === 0) return [];
  return [
    {
      path: 'agents.minimum',
      message: `does not apply to ${block.agent}: ${why}; write 0 or leave it out`,
    },
  ];
}

export function secretProblems({ secretRef }: CiBlock, keys: string): BlockProblem[] {
  if (secretRef !== undefined) return [];
  return [
    {
      path: 'secretRef',
      message: `is needed; write {name: <Secret>}, a Secret in the namespace of the environment with ${keys}`,
    },
  ];
}

/**
 * @param what what the address is of, with an example
 * @param pathProblem what is wrong with the path of an address, if anything
 */
export function urlProblems(
  { url }: CiBlock,
  what: { readonly of: string; readonly example: string },
  pathProblem: (url: URL) => string | undefined,
): BlockProblem[] {
  const message = urlProblem(url, what, pathProblem);
  return message === undefined ? [] : [{ path: 'url', message }];
}

function urlProblem(
  url: string | undefined,
  { of, example }: { readonly of: string; readonly example: string },
  pathProblem: (url: URL) => string | undefined,
): string | undefined {
  if (url === undefined) return `is needed; write ${of}, such as ${example}`;
  if (!URL.canParse(url)) return `is not an address; write one such as ${example}`;
  const parsed = new URL(url);
  // Not repeated in the message: it would end up in events.
  if (parsed.username !== '' || parsed.password !== '')
    return 'must not contain credentials; they belong in secretRef';
  if (parsed.search !== '' || parsed.hash !== '')
    return 'must end with its path: a token in it would be seen; credentials belong in secretRef';
  return pathProblem(parsed);
}
