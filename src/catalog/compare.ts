// Versions compared as versions (1.10 > 1.9), whatever their dialect: 1.35, v1.35.0, 1.35.7-gke.1222000.
import semver from 'semver';

/** Without a leading v: `v1.2.3` and `1.2.3` are the same version. */
export function plain(version: string): string {
  return version.replace(/^v(?=\d)/, '');
}

/** Parsing is the dearest part of a call, and a catalog has a few dozen versions: what was found out is known. */
function knowing<T>(find: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined || known.has(text)) return before as T;
    const found = find(text);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, found);
    return found;
  };
}
const MOST_KNOWN = 2000;

/** `1.35.7` of `1.35.7-gke.1222000`. */
function withoutBuild(version: string): string {
  return plain(version).replace(/-gke\.\d+$/, '');
}

/** As semver; `-gke.N` is a patch of Google's, not a pre-release. Undefined for what is no version. */
const parsed = knowing((version): semver.SemVer | undefined => {
  const text = withoutBuild(version);
  return semver.parse(text) ?? semver.coerce(text, { includePrerelease: true }) ?? undefined;
});

/** Negative: a is older. 0: the same, or one of them is no version. */
export function compareVersions(a: string, b: string): number {
  const left = parsed(a);
  const right = parsed(b);
  return left === undefined || right === undefined ? 0 : semver.compare(left, right);
}

/** Whether a version lies in a range such as `>=1.30 <1.37`. What is no version lies in none. */
export function satisfies(version: string, range: string): boolean {
  const v = parsed(version);
  return v !== undefined && (rangeOf(range)?.test(v) ?? false);
}

const rangeOf = knowing((range): semver.Range | undefined => {
  try {
    return new semver.Range(range, { includePrerelease: true });
  } catch {
    return undefined;
  }
});

export function isRange(range: string): boolean {
  return rangeOf(range) !== undefined;
}

/** True for `1.2.3`, false for `1.2`. */
export const isExact = knowing((version) => semver.valid(plain(version)) !== null);

/** `1.35` of `v1.35.7-gke.1222000`. */
export function minorOf(version: string): string {
  const v = parsed(version);
  return v === undefined ? plain(version) : `${v.major}.${v.minor}`;
}

/** Whether an entry written as `entry` is what runs as `running`: the same, or major.minor of it. */
export function means(entry: string, running: string): boolean {
  if (plain(entry) === plain(running) || plain(entry) === withoutBuild(running)) return true;
  return !isExact(entry) && minorOf(entry) === minorOf(running);
}
