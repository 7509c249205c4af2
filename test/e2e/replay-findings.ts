// What demo:replay proves, by the orders and the books themselves.
export const EXACTLY_THOSE: readonly RegExp[] = [
  /4,963 {2}the same/,
  /37 {2}other result {8}at step "vat"/,
  /rate +19 → 7/,
  /✓ the dry run names 37 of 5000 orders/,
  /✓ for each of them it names the step/,
  /✓ the other 4963 would be the same/,
  /✓ no order was booked again/,
];
