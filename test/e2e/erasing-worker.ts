// A worker of an erasable app, for erasing.kafka.test.ts: what it comes to it says in lines, which are in no log.
import { Millrace } from "millrace";

const [brokers = ""] = process.argv.slice(2);
export type Came = { readonly name: string; readonly user: string };

const app = new Millrace({
  id: "shop",
  partitions: 2,
  erasable: true,
  log: { kind: "kafka", brokers: [brokers], sessionTimeoutMs: 2_000 },
});
app.createFunction({ id: "welcome", triggers: [{ event: "came" }], retries: 0 }, async ({ event, step }) => {
  const { name, user } = event.data as Came;
  const text = await step.run("text", () => `hello ${name}`);
  await step.sendEvent("tell", { name: "told", data: { name } });
  await step.run("say", () => process.stdout.write(`waits: ${name}\n`));
  const paid = await step.waitForEvent("paid", { event: "paid", match: "data.user", timeout: "1 hour" });
  process.stdout.write(`done: ${text}, ${String((paid?.data as Came | undefined)?.name)}\n`);
  return { text, user };
});
app.createConsumer({
  id: "names",
  events: ["came"],
  from: "beginning",
  key: "event.data.user",
  state: { last: (_: string | undefined, { data }: { data: unknown }) => (data as Came).name },
  handle: ({ event }) => void process.stdout.write(`handled: ${(event.data as Came).name}\n`),
});
await app.start();
process.stdout.write("started\n");
