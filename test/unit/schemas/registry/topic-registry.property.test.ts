// Processes that come, register at once, and go, over a topic whose cleaner runs between: they always agree, and what was said stays true.
import fc from "fast-check";
import { expect, test } from "vitest";
import { openEmbeddedLog } from "../../../../engine/log/embedded/embedded-log.ts";
import type { EventSchema } from "../../../../engine/schemas/avro/event-schema.ts";
import { schemaIdOf } from "../../../../engine/schemas/avro/schema-id.ts";
import { encodeSchemaRecord } from "../../../../engine/schemas/registry/schema-records.ts";
import { openTopicRegistry, type TopicRegistry } from "../../../../engine/schemas/registry/topic-registry.ts";
import { orderSchema } from "./event-schemas.ts";
import { untilMet } from "../../../support/rounds.ts";

const TARGET = { topic: "shop.schemas", partition: 0 };
const SUBJECTS = ["a-shop.Order", "b-shop.Order"] as const;
const SCHEMAS: readonly EventSchema[] = Array.from({ length: 6 }, (_, index) => orderSchema(["id", "string"], [`f${index}`, "int", index]));

const claim = fc.record({ subject: fc.constantFrom(...SUBJECTS), schema: fc.constantFrom(...SCHEMAS) });
/** What happens at once, and whether the cleaner runs after it, and whether somebody starts anew. */
const round = fc.record({
  claims: fc.array(claim, { minLength: 1, maxLength: 6 }),
  isCleaned: fc.boolean(),
  isRestarted: fc.boolean(),
  /** Takes the number of a schema for another one, as chance would. */
  taken: fc.option(fc.constantFrom(...SCHEMAS), { nil: null, freq: 4 }),
});

interface Told {
  /** Id → text. */
  readonly ids: Map<number, string>;
  /** Subject → texts, oldest first. */
  readonly versions: Map<string, readonly string[]>;
}

const covered = { contested: 0, taken: 0, compared: 0 };

test("ids and versions are for good, and the same for everyone", { timeout: 30_000 }, async () => {
  await untilMet(
    () => covered,
    { contested: 30, taken: 40, compared: 400 },
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 5 }), async (rounds) => {
          const log = await openEmbeddedLog({ path: ":memory:" });
          await log.createTopics([{ topic: TARGET.topic, partitions: 1, settings: { "cleanup.policy": "compact" } }]);
          const open = async (): Promise<TopicRegistry> => openTopicRegistry({ log, topic: TARGET.topic, compatibility: "NONE" });
          const all = [await open(), await open(), await open()];
          const told: Told = { ids: new Map(), versions: new Map() };
          for (const { claims, isCleaned, isRestarted, taken } of rounds) {
            if (taken !== null) {
              covered.taken += 1;
              await log.append(TARGET, [
                encodeSchemaRecord({ kind: "schema", id: schemaIdOf(taken.text), schema: `"string"`, copied: null }),
              ]);
            }
            const before = await log.latestOffset(TARGET);
            const answers = await Promise.all(
              claims.map(
                async ({ subject, schema }, index) => [await all[index % all.length]?.register(subject, schema), schema.text] as const,
              ),
            );
            // A claim is two records: more than all wanted together means that some came too late.
            if ((await log.latestOffset(TARGET)) - before > 2 * new Set(claims.map((one) => JSON.stringify(one))).size)
              covered.contested += 1;
            for (const [id = -1, text] of answers) told.ids.set(id, expectSame(told.ids.get(id), text));
            if (isCleaned) await log.compact(TARGET.topic);
            if (isRestarted) {
              await all[0]?.close();
              all[0] = await open();
            }
            for (const one of all) await agrees(one, told);
          }
          await Promise.all(all.map((one) => one.close()));
          await log.close();
        }),
        { numRuns: 60 },
      ),
  );
});

async function agrees(one: TopicRegistry, told: Told): Promise<void> {
  for (const [id, text] of told.ids) expect(await one.schemaOf(id)).toBe(text);
  for (const subject of SUBJECTS) {
    const versions = await one.versionsOf(subject);
    const before = told.versions.get(subject) ?? [];
    expect(versions.slice(0, before.length)).toEqual(before);
    expect(new Set(versions).size).toBe(versions.length);
    told.versions.set(subject, versions);
    covered.compared += 1;
  }
}

function expectSame(before: string | undefined, text: string): string {
  expect(before ?? text).toBe(text);
  return text;
}
