// One environment in files: a developer's manifest, or a composite, and what was observed with it.
import { at, isObject, text } from '../json.ts';
import type { JsonObject } from '../step.ts';
import {
  COMPOSITE_LABEL,
  type Environment,
  gather,
  isClaim,
  isRoot,
  onItsOwn,
  RESOURCE_NAME,
} from './fleet/environments.ts';
import { documentsOf, positionText } from './input/documents.ts';
import { allOf, InputError } from './input/failure.ts';
import { filesOf, sourceOf } from './input/files.ts';

/** @param observed FILE of composed resources; whatever is in it belongs to this environment */
export function environmentOf(argument: string, observed: string | undefined): Environment {
  const [given, seen] = allOf([[argument], observed === undefined ? [] : [observed]], (names) =>
    allOf(filesOf(names), (name) => documentsOf(sourceOf(name))).flat(),
  );
  const roots = (given ?? []).filter(({ value }) => isRoot(value));
  const composites = roots.filter(({ value }) => !isClaim(value));
  const [root, ...others] = composites.length > 0 ? composites : roots;
  if (root === undefined) throw new InputError([`${argument}: has no Environment`]);
  if (others.length > 0) {
    const places = [root, ...others].map(({ position }) => positionText(position(''))).join(', ');
    throw new InputError([
      `${argument}: has ${others.length + 1} environments, and one is needed: ${places}`,
    ]);
  }
  const composite = isClaim(root.value) ? onItsOwn(root.value) : root.value;
  const composed = [...(given ?? []), ...(seen ?? [])]
    .map(({ value }) => value)
    .filter((value) => text(value, 'metadata', 'annotations', RESOURCE_NAME) !== undefined);
  const { environments } = gather([
    composite,
    ...composed.map((value) => ownedBy(composite, value)),
  ]);
  const [environment] = environments;
  return environment ?? { composite, observed: new Map() };
}

/** Observed files of examples and of `crossplane render` name no owner. */
function ownedBy(composite: JsonObject, composed: JsonObject): JsonObject {
  const { uid, name = '', namespace } = objectAt(composite, 'metadata');
  const metadata = objectAt(composed, 'metadata');
  const labels = { ...objectAt(metadata, 'labels'), [COMPOSITE_LABEL]: name };
  return {
    ...composed,
    metadata: {
      ...metadata,
      labels,
      ...(namespace === undefined ? {} : { namespace }),
      ownerReferences: uid === undefined ? [] : [{ uid, controller: true }],
    },
  };
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const found = at(value, key);
  return isObject(found) ? found : {};
}
