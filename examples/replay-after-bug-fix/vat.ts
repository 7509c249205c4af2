// VAT, as it should be: small orders are taxed at the reduced rate, up to 150.00 and including it.
const SMALL = 150_00;
const REDUCED = 7;
const STANDARD = 19;

export interface Vat {
  /** Per cent. */
  readonly rate: number;
  readonly amount: number;
}

export type VatOf = (net: number) => Vat;

export function vatOf(net: number): Vat {
  const rate = net <= SMALL ? REDUCED : STANDARD;
  return { rate, amount: Math.round((net * rate) / 100) };
}
