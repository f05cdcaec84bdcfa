// What is legal in a catalog and probably wrong.
import type { Catalog } from '../../catalog/parse.ts';

export interface Warning {
  /** From the catalog's root: `components.knative.versions[1].expires`. */
  readonly path: string;
  readonly message: string;
}

export interface LintInput {
  readonly catalog: Catalog;
  readonly now: Date;
  /** Dates within so many days are told. */
  readonly days: number;
}
