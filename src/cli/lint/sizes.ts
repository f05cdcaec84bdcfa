// Sizes that say less than somebody will need.
import { own } from '../../json.ts';
import { typesOf } from './components.ts';
import type { LintInput, Warning } from './warning.ts';

export function lintSizes({ catalog }: LintInput): Warning[] {
  const sizes = Object.entries(catalog.sizes);
  const isPriced = sizes.some(([, size]) => size.hourlyCost !== undefined);
  const unpriced = sizes.flatMap(([name, size]): Warning[] => {
    if (!isPriced) return [];
    const missing = typesOf(catalog).filter(
      (type) => size[type] !== undefined && own(size.hourlyCost, type) === undefined,
    );
    if (missing.length === 0) return [];
    return [
      {
        path: `sizes.${name}`,
        message: `has no hourlyCost for ${missing.join(' and ')}, and other sizes have: its cost is not told`,
      },
    ];
  });
  const partial = Object.entries(catalog.purposes).flatMap(([name, purpose]): Warning[] => {
    const size = own(catalog.sizes, purpose.size);
    const types = (purpose.clusters ?? typesOf(catalog)).filter(
      (type) => size !== undefined && size[type] === undefined,
    );
    if (types.length === 0) return [];
    return [
      {
        path: `purposes.${name}.size`,
        message: `size ${purpose.size} says nothing about ${types.join(' and ')}, which the purpose allows: whoever is placed there is refused`,
      },
    ];
  });
  return [...unpriced, ...partial];
}
