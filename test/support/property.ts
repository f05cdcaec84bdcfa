// Properties look at the same inputs in every run; another number, or `random`, looks elsewhere:
// XENVIRONMENT_SEED=random npm test.
import fc from 'fast-check';

fc.configureGlobal(seedOf(process.env.XENVIRONMENT_SEED));

function seedOf(text: string | undefined): { seed?: number } {
  if (text === 'random') return {};
  return { seed: text === undefined ? 20261122 : Number(text) };
}

export { fc };
