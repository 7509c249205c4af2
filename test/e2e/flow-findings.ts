// What the import under limits finds when all is well, wherever it plays, with two thousand contacts.
export const EVERY_LIMIT_HOLDS: readonly RegExp[] = [
  /✓ 2000 contacts of 50 tenants: each verified once, by one run/,
  /✓ \d+ runs ended, no slot is taken, nothing waits/,
  /✓ never more than 40 addresses at once: \d+ at the most, in \d+ requests/,
  /✓ 500 new ones a second: never more than \d+ in any, and none refused/,
  /[✓·] (while all 50 tenants waited, each had its share|shares: there was no time in which all tenants waited)/,
  /✓ no address was verified for 3\.0 s: the breaker opened after [\d.]+ s, and \d+ requests? came until it worked again/,
  /✓ 2000 rows came in \d+ inserts of up to \d+: each once/,
  /✓ never more than one insert at once for a tenant: 1 at the most/,
  /✓ \d+ re-indexings for 2000 changes, and each tenant's last came after its last change/,
  /✓ \d+ syncs asked for, one at a time for a tenant: \d+ ran, \d+ are recorded as skipped/,
  /✓ \d+ steps finished, none ran again, and all that was acknowledged stands in the journal/,
  /· 3 workers killed/,
  /✓ 8 partitions rebuilt from the journal: each has the digest that its owner had/,
  /Every limit held, and nothing was lost\. [\d.]+ s\s*$/,
];
