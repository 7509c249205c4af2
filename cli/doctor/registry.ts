// The registry of schemas, where the app has one outside of Kafka.
import type { CheckedOptions } from "../../engine/config/options.ts";
import { fail, messageOf, ok, type Finding } from "./finding.ts";

const TIMEOUT_MS = 5_000;

/** Null where the app keeps its schemas itself. */
export async function registryFinding({ url, auth, headers }: CheckedOptions["registry"]): Promise<Finding | null> {
  if (url === undefined) return null;
  const of = `registry ${new URL(url).host}`;
  const login = auth === undefined ? {} : { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}` };
  try {
    const response = await fetch(`${url.replace(/\/$/, "")}/subjects`, {
      headers: { ...login, ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return ok(of, "answers");
    if (response.status === 401 || response.status === 403)
      return fail(of, `refuses the login (${response.status})`, "registry.auth, or registry.headers");
    return fail(of, `answers ${response.status}`, "is registry.url that of Confluent's API, with its path?");
  } catch (error) {
    return fail(of, `does not answer: ${messageOf(error)}`, "is it up, and does this machine reach it? registry.url");
  }
}
