// What compiling gives: a thing, or what is wrong with its source.

export type Outcome<Key extends string, Value> =
  | ({ readonly ok: true } & { readonly [K in Key]: Value })
  | { readonly ok: false; readonly message: string };

export function failure(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
