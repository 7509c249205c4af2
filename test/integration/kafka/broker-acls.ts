// Giving and taking rights on a broker, as its super user: CreateAcls, DeleteAcls and DescribeAcls, which the engine has no use for.
import { Link } from "../../../engine/log/kafka/link.ts";
import type { WireRequest } from "../../../engine/log/kafka/protocol/request.ts";
import { ByteWriter } from "../../../engine/log/kafka/protocol/wire.ts";
import { until } from "../../support/faults/until.ts";

/** One right of one user. */
export interface Right {
  readonly user: string;
  readonly resource: "topic" | "group";
  readonly name: string;
  readonly isPrefix?: boolean;
  readonly operation: string;
}

const RESOURCES = { topic: 2, group: 3 } as const;
const LITERAL = 3;
const PREFIXED = 4;
const ALLOW = 3;
const OPERATIONS: Readonly<Record<string, number>> = { Read: 3, Write: 4, Create: 5, Delete: 6, Describe: 8, DescribeConfigs: 10 };

/** What lines of `millrace topics --acls` give. */
export function rightsOf(lines: readonly string[]): readonly Right[] {
  return lines.flatMap((line) => {
    const user = /--allow-principal User:(\S+)/.exec(line)?.[1] ?? "";
    const [, resource, name] = /--(topic|group) (\S+)$/.exec(line) ?? [];
    if (user === "" || name === undefined) throw new Error(`not a right: ${line}`);
    return [...line.matchAll(/--operation (\S+)/g)].map(([, operation = ""]) => ({
      user,
      resource: resource === "group" ? "group" : "topic",
      name,
      isPrefix: line.includes("--resource-pattern-type prefixed"),
      operation,
    }));
  });
}

export class BrokerAcls {
  readonly #port: number;

  constructor(openAddress: string) {
    this.#port = Number(openAddress.split(":")[1]);
  }

  /** Resolves when the broker goes by them. */
  async give(rights: readonly Right[]): Promise<void> {
    await this.#change(30, "CreateAcls", rights);
    for (const right of rights) await until("a right that was given counts", () => this.#has(right));
  }

  /** Resolves when the broker goes without them. */
  async take(rights: readonly Right[]): Promise<void> {
    await this.#change(31, "DeleteAcls", rights);
    for (const right of rights) await until("a right that was taken counts no more", async () => !(await this.#has(right)));
  }

  /** Version 1 of both: they have the same fields. */
  async #change(apiKey: number, apiName: string, rights: readonly Right[]): Promise<void> {
    const body = new ByteWriter();
    body.array(rights, (right) => write(body, right));
    await this.#request({ apiKey, apiName, body, read: firstError });
  }

  async #has(right: Right): Promise<boolean> {
    const body = new ByteWriter();
    write(body, right);
    let found = 0;
    const read = (answer: Answer): number => {
      const code = answer.int16();
      answer.nullableString();
      found = answer.int32();
      return code;
    };
    await this.#request({ apiKey: 29, apiName: "DescribeAcls", body, read });
    return found > 0;
  }

  /** Of version 1, whose answer begins with the time for which this client is throttled. `read` returns the error's code. */
  async #request({ apiKey, apiName, body, read }: Asked): Promise<void> {
    const request: WireRequest<{ throttleTimeMs: number; code: number }> = {
      apiKey,
      apiName,
      apiVersion: 1,
      body: body.finish(),
      read: (answer) => ({ throttleTimeMs: answer.int32(), code: read(answer) }),
    };
    const link = new Link({ host: "127.0.0.1", port: this.#port }, { clientId: "tests" });
    const { code } = await link.request(request, 10_000);
    link.close();
    if (code !== 0) throw new Error(`${apiName} was refused: ${code}`);
  }
}

interface Answer {
  int32(): number;
  int16(): number;
  nullableString(): string | null;
}

interface Asked {
  readonly apiKey: number;
  readonly apiName: string;
  readonly body: ByteWriter;
  readonly read: (answer: Answer) => number;
}

function write(body: ByteWriter, { user, resource, name, isPrefix = false, operation }: Right): void {
  body
    .int8(RESOURCES[resource])
    .string(name)
    .int8(isPrefix ? PREFIXED : LITERAL)
    .string(`User:${user}`)
    .string("*");
  body.int8(OPERATIONS[operation] ?? 0).int8(ALLOW);
}

/** Of the first result: all are of the same user, by the same super user. */
function firstError(answer: Answer): number {
  return answer.int32() === 0 ? 0 : answer.int16();
}
