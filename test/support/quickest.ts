/** Milliseconds of the quickest of three runs: a machine with other work stops now and then. */
export function quickest(work: () => void): number {
  const times = [1, 2, 3].map(() => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return Math.min(...times);
}
