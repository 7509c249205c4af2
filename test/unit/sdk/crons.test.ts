// Crons in an app under test: time that is told to go on fires what comes due on the way.
import { expect, test } from "vitest";
import { Millrace } from "../../../engine/sdk/index.ts";

test("a day that passes fires what it has in it, each at its time", async () => {
  const app = new Millrace<{ "report/wanted": { day: string } }>({ id: "reports" });
  app.createFunction(
    { id: "report", triggers: [{ cron: "TZ=Europe/Warsaw 0 9 * * *" }, { event: "report/wanted", if: "event.data.day != ''" }] },
    ({ event, step }) => step.run("make", () => (event.name === "millrace/cron" ? event.data.tick : event.data.day)),
  );
  app.createFunction({ id: "hourly", triggers: [{ cron: "0 * * * *" }] }, () => null);
  const t = await Millrace.testing(app, { startTime: "2026-03-28T12:00:00Z" });

  await t.advance("1 day");
  expect(t.run("report").output).toBe("2026-03-29T07:00:00.000Z");
  expect(t.runs().filter(({ functionId }) => functionId === "hourly")).toHaveLength(24);

  const [wanted] = await t.send({ name: "report/wanted", data: { day: "Friday" } });
  expect(wanted?.output).toBe("Friday");
  expect(await t.send({ name: "report/wanted", data: { day: "" } })).toEqual([]);
  await t.stop();
});
