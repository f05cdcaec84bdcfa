// Items in groups that probably are one environment, by a look at their text, so that they can be parsed group by group
// and forgotten. A wrong guess costs time and changes nothing: who owns what is decided on what is parsed.
import { chunksOf, filesOf } from '../input/files.ts';
import { type Item, itemsIn } from './items.ts';

export interface Group {
  readonly items: Item[];
  /** Something in it looks like an environment. */
  hasRoot: boolean;
}

export function groupsIn(arguments_: readonly string[], onItem: () => void): Group[] {
  const groups = new Map<string, Group>();
  for (const file of filesOf(arguments_)) {
    for (const { item, text } of itemsIn(file, chunksOf(file))) {
      onItem();
      const { key, isRoot } = guess(text);
      const group = groups.get(key) ?? { items: [], hasRoot: false };
      group.items.push(item);
      group.hasRoot ||= isRoot;
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

const LABEL = /crossplane\.io\/composite['"]?: *['"]?([^'"\s,}]+)/;
const NAME = /(?<=[\s"'{,-])['"]?name['"]?: *['"]?([^'"\s,}]+)/;
const NAMESPACE = /(?<=[\s"'{,-])['"]?namespace['"]?: *['"]?([^'"\s,}]+)/;
const REFERENCE = /resourceRef['"]?:[\s\S]{0,300}?name['"]?: *['"]?([^'"\s,}]+)/;

function guess(text: string): { key: string; isRoot: boolean } {
  const spec = text.search(/\s["']?spec["']?:/);
  const head = spec < 0 ? text : text.slice(0, spec);
  const isComposed = head.includes('composition-resource-name');
  const isRoot = !isComposed && /X?Environment|purpose/.test(text);
  if (isRoot) {
    const reference = REFERENCE.exec(text.slice(spec))?.[1];
    if (reference !== undefined) return { key: flat(`/${reference}`), isRoot };
  }
  const name = LABEL.exec(head)?.[1] ?? NAME.exec(head)?.[1] ?? '';
  return { key: flat(`${NAMESPACE.exec(head)?.[1] ?? ''}/${name}`), isRoot };
}

/** A copy: V8 keeps the whole text that a part was cut from. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}
