// The module of an app with a codec, as the command line loads it. What it is is told by the environment.
//   MILLRACE_SEALED='{ "path": …, "key": "<base64>" }'
import pino from "pino";
import { aesGcmCodec, Millrace } from "../../../engine/sdk/index.ts";

const { path, key } = JSON.parse(process.env["MILLRACE_SEALED"] ?? "") as { readonly path: string; readonly key: string };

export const codec = aesGcmCodec({ keys: { first: key }, current: "first" });
export const app = new Millrace({ id: "sealed", log: { kind: "embedded", path }, partitions: 1, logger: pino({ level: "silent" }), codec });
app.createFunction({ id: "f", triggers: [{ event: "go" }] }, async ({ step, event }) => {
  const kept = await step.run("keep", () => `kept ${JSON.stringify(event.data)}`);
  await step.waitForSignal("more", { signal: "more", timeout: "1 hour" });
  return kept;
});
