// Alerts to a real HTTP server that is well, slow, broken, or gone.
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../engine/core/clock.ts";
import type { Logger } from "../../../engine/observability/logger.ts";
import { Meters } from "../../../engine/observability/meters.ts";
import { WebhookAlerts, type AlertTarget } from "../../../engine/observability/webhook-alerts.ts";

interface Received {
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
  readonly headers: IncomingMessage["headers"];
}

const TIMES = { gatherMs: 5, quietMs: 40, timeoutMs: 200, backoff: { baseMs: 5, maxMs: 10 } };

let server: Server;
let received: Received[];
/** Answers a message; by default 200. */
let answer: (response: ServerResponse, nth: number) => void;
let lines: { readonly code?: string }[];
let meters: Meters;
let open: WebhookAlerts[];

beforeEach(async () => {
  received = [];
  lines = [];
  open = [];
  meters = new Meters();
  answer = (response) => void response.writeHead(200).end("ok");
  server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (text += part));
    request.on("end", () => {
      received.push({ text, body: JSON.parse(text) as Received["body"], headers: request.headers });
      answer(response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  answer = (response) => void response.writeHead(200).end();
  await Promise.all(open.map((alerts) => alerts.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function alertsTo(target: Partial<AlertTarget> = {}): WebhookAlerts {
  const { port } = server.address() as AddressInfo;
  const say = (fields: object): void => void lines.push(fields);
  const logger: Logger = { debug: say, info: say, warn: say, error: say };
  const targets = [{ url: `http://127.0.0.1:${port}/hook/secret-path`, errorMessages: false, ...target }];
  const alerts = new WebhookAlerts({ app: "shop", targets, clock: systemClock, logger, meters, times: TIMES });
  open.push(alerts);
  return alerts;
}

const failed = (runId: string, functionId = "order") =>
  ({
    code: "RUN_FAILED",
    message: "run failed",
    runId,
    functionId,
    partition: 1,
    error: { name: "CardError", message: "canary 4242" },
  }) as const;

test("a thousand failed runs are a few messages with counts, and the first comes soon", async () => {
  const alerts = alertsTo();
  for (let n = 0; n < 1_000; n++) alerts.tell(failed(`run ${n}`));
  await vi.waitFor(() => expect(received).toHaveLength(1), 15_000);
  expect(received[0]?.body).toMatchObject({
    app: "shop",
    code: "RUN_FAILED",
    count: 1_000,
    function: "order",
    partitions: [1],
    errors: ["CardError"],
  });
  expect(received[0]?.body["runs"]).toEqual(["run 0", "run 1", "run 2", "run 3", "run 4"]);
  expect(received[0]?.body["text"]).toBe(
    "shop: RUN_FAILED (1000 times): order: run failed: CardError [run 0, run 1, run 2, run 3, run 4, …]",
  );
  for (let n = 0; n < 500; n++) alerts.tell(failed(`later ${n}`));
  alerts.tell(failed("x", "another"));
  await vi.waitFor(() => expect(received).toHaveLength(3), 15_000);
  const counts = received.slice(1).map(({ body }) => [body["function"], body["count"]] as const);
  expect(new Map(counts)).toEqual(
    new Map([
      ["another", 1],
      ["order", 500],
    ]),
  );
});

test("messages of errors, which may hold data, are told only where that is asked for", async () => {
  alertsTo().tell(failed("a"));
  await vi.waitFor(() => expect(received).toHaveLength(1), 15_000);
  expect(received[0]?.text).not.toContain("canary");
  alertsTo({ errorMessages: true }).tell(failed("a"));
  await vi.waitFor(() => expect(received).toHaveLength(2), 15_000);
  expect(received[1]?.text).toContain("canary 4242");
});

test("a target hears of the codes that it names", async () => {
  const alerts = alertsTo({ on: ["RUN_QUARANTINED"] });
  alerts.tell(failed("a"));
  alerts.tell({ code: "RUN_QUARANTINED", message: "quarantined", runId: "b" });
  await vi.waitFor(() => expect(received).toHaveLength(1), 15_000);
  await alerts.close();
  expect(received.map(({ body }) => body["code"])).toEqual(["RUN_QUARANTINED"]);
});

test("with a secret, messages are signed together with their time", async () => {
  const secret = "a secret of some length";
  alertsTo({ secret, headers: { authorization: "Bearer mine", "Content-Type": "application/json" } }).tell(failed("a"));
  await vi.waitFor(() => expect(received).toHaveLength(1), 15_000);
  const [, time, mac] = /^t=(\d+),v1=([\da-f]{64})$/.exec(String(received[0]?.headers["millrace-signature"])) ?? [];
  expect(mac).toBe(createHmac("sha256", secret).update(`${time}.${received[0]?.text}`).digest("hex"));
  expect(received[0]?.headers).toMatchObject({ authorization: "Bearer mine", "content-type": "application/json" });
});

test("a server that fails for a while gets the message when it is well again", async () => {
  answer = (response, nth) => void response.writeHead(nth < 4 ? 500 : 204).end();
  alertsTo().tell(failed("a"));
  await vi.waitFor(() => expect(received).toHaveLength(4), 15_000);
  await vi.waitFor(() => expect(meters.alertsSent.of("sent").value).toBe(1), 15_000);
  expect(meters.alertsSent.of("retried").value).toBe(3);
  expect(lines).toEqual([]);
});

test("a server that stays broken, refuses, or is gone is one line, without its path, which is a secret", async () => {
  answer = (response) => void response.writeHead(500).end();
  alertsTo().tell(failed("a"));
  await vi.waitFor(() => expect(lines).toHaveLength(1), 15_000);
  answer = (response) => void response.writeHead(404).end();
  alertsTo().tell(failed("b"));
  await vi.waitFor(() => expect(lines).toHaveLength(2), 15_000);
  alertsTo({ url: "http://127.0.0.1:1/hook/secret-path" }).tell(failed("c"));
  await vi.waitFor(() => expect(lines).toHaveLength(3), 15_000);
  expect(lines.map(({ code }) => code)).toEqual(["ALERT_NOT_DELIVERED", "ALERT_NOT_DELIVERED", "ALERT_NOT_DELIVERED"]);
  expect(received).toHaveLength(7);
  expect(JSON.stringify(lines)).not.toContain("secret-path");
});

test("a server that is slow holds nobody up; what waits has a bound, and what exceeds it is one line (R16)", async () => {
  answer = () => {};
  const alerts = alertsTo();
  const began = performance.now();
  for (let n = 0; n < 300; n++) alerts.tell(failed("a", `function ${n}`));
  expect(performance.now() - began).toBeLessThan(100);
  await vi.waitFor(() => expect(meters.alertsSent.of("dropped").value).toBeGreaterThan(0), 15_000);
  expect(lines.filter(({ code }) => code === "ALERTS_DROPPED")).toHaveLength(1);
  await vi.waitFor(() => expect(meters.alertsSent.of("retried").value).toBeGreaterThan(0), 15_000);
});

test("what was gathered goes out when the app stops", async () => {
  const alerts = alertsTo();
  alerts.tell(failed("a"));
  await alerts.close();
  expect(received).toHaveLength(1);
});

test("what a webhook did not take until the app had to stop is told of in the log, and counted", async () => {
  answer = () => {};
  const alerts = alertsTo();
  for (let n = 0; n < 3; n++) alerts.tell(failed("a", `function ${n}`));
  await vi.waitFor(() => expect(received.length).toBeGreaterThan(0), 15_000);
  await alerts.close();
  expect(lines.at(-1)).toMatchObject({ code: "ALERT_NOT_DELIVERED", alerts: expect.any(Number) as unknown });
  expect(meters.alertsSent.of("failed").value).toBe(3);
});

test("partitions of consumers are told apart from those of the app, and from each other's", async () => {
  const alerts = alertsTo();
  const stuck = { code: "PARTITION_STUCK", message: "partition 3 is not served", partition: 3 };
  for (const consumer of [undefined, "ledger", "ledger@2", "ledger"])
    alerts.tell({ ...stuck, ...(consumer === undefined ? {} : { consumer }) });
  await vi.waitFor(() => expect(received).toHaveLength(3), 15_000);
  expect(received.map(({ body: { consumer, count, text } }) => [consumer, count, text])).toEqual([
    [null, 1, "shop: PARTITION_STUCK: partition 3 is not served"],
    ["ledger", 2, "shop: PARTITION_STUCK (2 times): ledger: partition 3 is not served"],
    ["ledger@2", 1, "shop: PARTITION_STUCK: ledger@2: partition 3 is not served"],
  ]);
});
