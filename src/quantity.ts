// Arithmetic on Kubernetes quantities as the catalog writes them: `4`, `500m`, `1.5Gi`.

const UNITS: Readonly<Record<string, number>> = {
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

function parts(quantity: string) {
  const match = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)$/.exec(quantity);
  return { whole: match?.[1] ?? '0', fraction: match?.[2] ?? '', unit: match?.[3] ?? '' };
}

/** Exact, in the same unit: twice `1.5Gi` is `3Gi`, never `2.9999Gi`. */
export function times(quantity: string, factor: number): string {
  const { whole, fraction, unit } = parts(quantity);
  const product = (BigInt(whole + fraction) * BigInt(factor))
    .toString()
    .padStart(fraction.length + 1, '0');
  const point = product.length - fraction.length;
  const rest = product.slice(point).replace(/0+$/, '');
  return `${product.slice(0, point)}${rest === '' ? '' : `.${rest}`}${unit}`;
}

/** In cores or bytes: to compare and to share, not to write down. */
export function amount(quantity: string): number {
  const { whole, fraction, unit } = parts(quantity);
  return Number(`${whole}.${fraction === '' ? '0' : fraction}`) * (UNITS[unit] ?? 1);
}

export function smaller(a: string, b: string): string {
  return amount(a) <= amount(b) ? a : b;
}
