// Giving and taking rights on a broker, as its super user: CreateAcls and DeleteAcls, which the engine has no use for.
import { Link } from "../../../engine/log/kafka/link.ts";
import type { WireRequest } from "../../../engine/log/kafka/protocol/request.ts";
import { ByteWriter } from "../../../engine/log/kafka/protocol/wire.ts";

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

  give(rights: readonly Right[]): Promise<void> {
    return this.#send(30, "CreateAcls", rights);
  }

  take(rights: readonly Right[]): Promise<void> {
    return this.#send(31, "DeleteAcls", rights);
  }

  /** Version 1 of both: they have the same fields. */
  async #send(apiKey: number, apiName: string, rights: readonly Right[]): Promise<void> {
    const body = new ByteWriter();
    body.array(rights, ({ user, resource, name, isPrefix = false, operation }) => {
      body
        .int8(RESOURCES[resource])
        .string(name)
        .int8(isPrefix ? PREFIXED : LITERAL)
        .string(`User:${user}`)
        .string("*");
      body.int8(OPERATIONS[operation] ?? 0).int8(ALLOW);
    });
    const request: WireRequest<{ throttleTimeMs: number; errors: readonly number[] }> = {
      apiKey,
      apiName,
      apiVersion: 1,
      body: body.finish(),
      read: (answer) => ({ throttleTimeMs: answer.int32(), errors: [firstError(answer)] }),
    };
    const link = new Link({ host: "127.0.0.1", port: this.#port }, { clientId: "tests" });
    const { errors } = await link.request(request, 10_000);
    link.close();
    if (errors.some((code) => code !== 0)) throw new Error(`${apiName} was refused: ${errors.join(", ")}`);
  }
}

/** Of the first result: all are of the same user, by the same super user. */
function firstError(answer: { int32(): number; int16(): number }): number {
  return answer.int32() === 0 ? 0 : answer.int16();
}
