// Outside names: stable over catalogs, flavours and restored backups, and short enough for everyone.
import { createHash } from 'node:crypto';
import type { Home, Names } from '../context.ts';

/** Hexadecimal digits of every hash in a name. */
const DIGITS = 8;

export function hash(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, DIGITS);
}

/** Longest names, by who limits them. */
export const MAX = {
  gke: 40,
  helmRelease: 53,
  runnerScaleSet: 45,
  label: 63,
  default: 63,
} as const;

export interface Identity {
  readonly organization: string;
  readonly controlPlane: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * `<namespace>-<name>-<hash>` plus suffix, cut before the hash. The hash is over the whole identity,
 * so `a-b/c` and `a/b-c` differ, and so do names that are cut to the same text.
 *
 * @param known hash that is already in use in a home (from what is observed): a catalog whose
 *   organization changes must not rename what exists
 */
export function namesOf(identity: Identity, known: (home: Home) => string | undefined): Names {
  const readable = [identity.namespace, identity.name]
    .filter((part) => part !== '')
    .join('-')
    // Composites may be called like DNS subdomains; Services and GKE clusters may not.
    .replaceAll('.', '-');
  // GKE and Services want a letter first; namespaces may begin with a digit.
  const letterFirst = /^[a-z]/.test(readable) ? readable : `x${readable}`;
  return {
    outside(home, suffix = '', max = MAX.default) {
      const { organization, controlPlane, namespace, name } = identity;
      const tail = `-${known(home) ?? hash(organization, controlPlane, namespace, name, home)}${suffix}`;
      return `${cut(letterFirst, max - tail.length)}${tail}`;
    },
  };
}

/** The hash inside a name that this function made, or undefined. */
export function hashIn(name: string | undefined): string | undefined {
  return new RegExp(`-([0-9a-f]{${DIGITS}})$`).exec(name ?? '')?.[1];
}

/** A label value: as it is, or cut with a hash of the whole. */
export function labelValue(value: string): string {
  if (value.length <= MAX.label) return value;
  return `${cut(value, MAX.label - DIGITS - 1)}-${hash(value)}`;
}

function cut(text: string, length: number): string {
  return text.slice(0, Math.max(1, length)).replace(/[-.]+$/, '');
}
