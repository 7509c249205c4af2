// Which ways to a broker there are, in what order, and what it means when none leads to one. Pure: facts come in as data.

export type Way = "given" | "docker" | "java";

type Environment = Readonly<Record<string, string | undefined>>;

/** KAFKA_BROKERS: brokers that run already, used as they are. */
export function givenBrokers(env: Environment): string[] {
  return (env["KAFKA_BROKERS"] ?? "")
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
}

/**
 * The ways to try, in order. TEST_KAFKA narrows those that start a broker: `docker`, `java`, or `none`.
 * @throws Error for another word there.
 */
export function waysToKafka(env: Environment): Way[] {
  const start = waysToStartBrokers(env);
  return givenBrokers(env).length > 0 ? ["given", ...start] : start;
}

export function waysToStartBrokers(env: Environment): Exclude<Way, "given">[] {
  const wanted = env["TEST_KAFKA"] ?? "";
  switch (wanted) {
    case "":
      return ["docker", "java"];
    case "docker":
    case "java":
      return [wanted];
    case "none":
      return [];
    default:
      throw new Error(`TEST_KAFKA is ${JSON.stringify(wanted)}; it can be docker, java or none`);
  }
}

export type WithoutKafka = "skip" | "fail";

/** A laptop may lack Kafka; a build that promises to have tested everything may not. */
export function withoutKafka(env: Environment): WithoutKafka {
  const ci = (env["CI"] ?? "").toLowerCase();
  return ci === "" || ci === "false" || ci === "0" ? "skip" : "fail";
}
