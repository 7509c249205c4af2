// What `millrace doctor` says where the code has another count of partitions than the app.
import { expect, test } from "vitest";
import { countFindings } from "../../../cli/doctor/topics.ts";
import { checkOptions } from "../../../engine/config/options.ts";

const journal = { topic: "shop.journal", partitions: 4 };

test("a count that code or settings say, and the topics do not have, is told: it changes nothing", () => {
  for (const { partitionsSaid } of [
    checkOptions({ id: "shop", partitions: 6 }, {}),
    checkOptions({ id: "shop" }, { MILLRACE_PARTITIONS: "6" }),
  ]) {
    expect(countFindings(journal, partitionsSaid)).toEqual([
      {
        of: "partitions",
        verdict: "warn",
        says: "code or settings say 6, and the app has 4, as its topic shop.journal says: 4 holds, for good",
        mend: "say `partitions: 4` there, or nothing. Another count is another app, with an id of its own",
      },
    ]);
  }
});

test("nothing is told of the same count, and of none that anybody says", () => {
  expect(countFindings(journal, checkOptions({ id: "shop", partitions: 4 }, {}).partitionsSaid)).toEqual([]);
  expect(countFindings(journal, checkOptions({ id: "shop" }, {}).partitionsSaid)).toEqual([]);
});
