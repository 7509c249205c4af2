// What demo:replay proves, by the orders, the books, and what accounting was told.
export const EXACTLY_THOSE: readonly RegExp[] = [
  /4,963 {2}the same/,
  /37 {2}other result {8}at step "vat"/,
  /rate +19 → 7/,
  /✓ the dry run names 37 of 5000 orders/,
  /✓ nothing was booked to find that out/,
  /✓ every one of the 5000 bookings is right now/,
  /✓ 37 were booked again, once each; the other 4963 were not touched/,
  /✓ each kept its invoice number/,
  /✓ accounting was told 37 corrections, each with a reference/,
  /✓ another dry run finds nothing: 5000 are the same/,
];
