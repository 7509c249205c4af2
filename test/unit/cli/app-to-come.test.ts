// A server that comes up before the first worker of its app.
import { expect, test } from "vitest";
import { untilItIsThere, type AppToCome } from "../../../cli/app-to-come.ts";
import { openWaitingPort } from "../../../cli/waiting-port.ts";
import { TopicError } from "../../../engine/worker/topic-setup.ts";

const AT = { host: "127.0.0.1", port: 0 };

function missing(): TopicError {
  return new TopicError("TOPICS_MISSING", "", ["shop.journal"]);
}

/** Looks that each end as told; the last one again and again. */
function waiting(looks: readonly (() => void)[], more: Partial<AppToCome> = {}): AppToCome & { readonly said: string[] } {
  let next = 0;
  const said: string[] = [];
  const look = async (): Promise<void> => looks[Math.min(next++, looks.length - 1)]?.();
  return {
    name: "shop",
    at: AT,
    look,
    say: (line) => void said.push(line),
    signal: new AbortController().signal,
    lookMs: 1,
    said,
    ...more,
  };
}

const absent = (): void => {
  throw missing();
};
const there = (): void => {};

test("an app that is there is served at once, and nothing is said", async () => {
  const app = waiting([there]);
  expect(await untilItIsThere(app)).toBe(true);
  expect(app.said).toEqual([]);
});

test("one that is not there is waited for, and it is said once what is missing and what to look at", async () => {
  const app = waiting([absent, absent, absent, there]);
  expect(await untilItIsThere(app)).toBe(true);
  expect(app.said).toHaveLength(1);
  expect(app.said[0]).toContain("no topics of an app shop yet");
  expect(app.said[0]).toContain("--topic-prefix");
  expect(app.said[0]).toContain("shop.journal");
});

test("whoever is told to end waits no longer", async () => {
  const end = new AbortController();
  let looks = 0;
  const app = waiting(
    [
      () => {
        if (++looks === 3) end.abort();
        absent();
      },
    ],
    { signal: end.signal },
  );
  expect(await untilItIsThere(app)).toBe(false);
  expect(looks).toBe(3);
});

test("what waiting does not mend is told", async () => {
  const app = waiting([
    absent,
    () => {
      throw new TopicError("TOPIC_PARTITIONS_DIFFER", "");
    },
  ]);
  await expect(untilItIsThere(app)).rejects.toMatchObject({ code: "TOPIC_PARTITIONS_DIFFER" });
});

test("meanwhile its port says that it lives, that it is not ready, and why", async () => {
  await using port = await openWaitingPort(AT, "its first worker makes them");
  const ask = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port.port}${path}`);
  expect((await ask("/health/live")).status).toBe(200);
  const ready = await ask("/health/ready");
  expect(ready.status).toBe(503);
  expect(await ready.json()).toMatchObject({ status: "starting", waitsFor: ["its first worker makes them"] });
  const asked = await ask("/api/v1/runs?limit=1");
  expect(asked.status).toBe(503);
  expect(asked.headers.get("retry-after")).toBe("2");
  expect(asked.headers.get("content-type")).toBe("application/problem+json");
  expect(await asked.json()).toMatchObject({ code: "NOT_READY", detail: "its first worker makes them" });
});

test("a port that another process has is told before anybody waits", async () => {
  await using port = await openWaitingPort(AT, "");
  const app = waiting([absent], { at: { ...AT, port: port.port } });
  await expect(untilItIsThere(app)).rejects.toMatchObject({ code: "CLI_PORT_TAKEN" });
});
