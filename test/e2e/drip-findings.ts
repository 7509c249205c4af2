// What the drip campaign's demo finds when all is well, wherever it plays. How many are thanked and how many reminded, the log's clock decides.
export const EVERYTHING_HOLDS: readonly RegExp[] = [
  /✓ 40 guests signed up: a run of drip and one of crm for each/,
  /✓ \d+ runs, and every one ended: \d+ completed, \d+ cancelled, \d+ failed on purpose/,
  /✓ \d+ had booked in time, by the log's clock: thanked, once each/,
  /✓ \d+ had not, or too late: reminded, once each/,
  /✓ \d+ had deleted their account: cancelled, not a mail after it, and a note for each/,
  /✓ \d+ reminders with what their child said: \d+ with a discount, \d+ whose child failed without/,
  /✓ 40 contacts closed, once each, with how the campaign ended/,
  /✓ \d+ ticks of the cron, 2 s apart, none missing: a run and a report for each/,
  /✓ \d+ steps finished, none ran again, and all that was acknowledged stands in the journal/,
  /✓ 8 partitions rebuilt from the journal: each has the digest that its owner had/,
  /Everybody got what they should, once\. [\d.]+ s\s*$/,
];
