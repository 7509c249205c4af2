// millrace token create|list|revoke: who may use a server. The file has hashes alone; what it prints when it makes one is never shown again.
import type { Command } from "commander";
import { durationMs } from "../engine/core/duration.ts";
import { SCOPES, type Scope } from "../server/contract/words.ts";
import { hashOfToken, makeToken } from "../server/tokens/secret.ts";
import { TokenError } from "../server/tokens/token-error.ts";
import { changeTokens, readTokens, type TokenEntry } from "../server/tokens/token-file.ts";
import { CliError } from "./cli-error.ts";
import { printJson } from "./print/result.ts";

interface FileFlag {
  readonly tokens: string;
}

interface CreateFlags extends FileFlag {
  readonly scopes: string;
  readonly expires?: string;
  readonly rate?: string;
}

export function tokenCommand(command: Command): Command {
  command.description("make, list and revoke the tokens of `millrace start --tokens FILE`; a server that runs sees it at once");
  const named = (name: string, description: string): Command =>
    command.command(name).description(description).requiredOption("--tokens <file>", "the file of tokens; made where there is none");
  named("create", "make a token, print it once, and keep its hash")
    .argument("<name>", "whose it is: stands in the audit for whatever is done with it")
    .option("--scopes <names>", `with commas: ${SCOPES.join(", ")} (see data)`, "read")
    .option("--expires <duration>", "it ends after that, such as `90 days` (default: never)")
    .option("--rate <number>", "requests a second (default: the server's)")
    .action(create);
  named("list", "tokens by name, with what each may do").option("--json", "a line of JSON each").action(list);
  named("revoke", "end a token").argument("<name>", "whose").action(revoke);
  return command;
}

async function create(name: string, { tokens: file, scopes, expires, rate }: CreateFlags): Promise<void> {
  const token = makeToken();
  const now = Date.now();
  const entry: TokenEntry = {
    name: checkedName(name),
    scopes: scopesOf(scopes),
    sha256: hashOfToken(token),
    createdAt: new Date(now).toISOString(),
    ...(expires === undefined ? {} : { expiresAt: new Date(now + durationMs(expires)).toISOString() }),
    ...(rate === undefined ? {} : { perSecond: rateOf(rate) }),
  };
  await changeTokens(file, (tokens) => {
    if (tokens.some((other) => other.name === name)) {
      throw new TokenError("TOKEN_EXISTS", `there is a token "${name}" already: revoke it, or take another name, such as ${name}.2`);
    }
    return [...tokens, entry];
  });
  process.stderr.write(`${name} may ${entry.scopes.join(", ")}. This is shown once:\n`);
  process.stdout.write(`${token}\n`);
}

function list({ tokens: file, json }: FileFlag & { readonly json?: boolean }): void {
  const tokens = readTokens(file) ?? [];
  if (json === true) {
    for (const { name, scopes, createdAt, expiresAt, perSecond } of tokens) printJson({ name, scopes, createdAt, expiresAt, perSecond });
    return;
  }
  if (tokens.length === 0) process.stderr.write(`${file} has no tokens\n`);
  for (const { name, scopes, createdAt, expiresAt, perSecond } of tokens) {
    const end = expiresAt === undefined ? "" : `  ${Date.parse(expiresAt) <= Date.now() ? "expired" : "expires"} ${expiresAt}`;
    const rate = perSecond === undefined ? "" : `  ${perSecond}/s`;
    process.stdout.write(`${name}  ${scopes.join(",")}${rate}  since ${createdAt}${end}\n`);
  }
}

async function revoke(name: string, { tokens: file }: FileFlag): Promise<void> {
  await changeTokens(file, (tokens) => {
    if (!tokens.some((token) => token.name === name)) {
      const names = tokens.map((token) => token.name).join(", ");
      throw new TokenError("TOKEN_UNKNOWN", `${file} has no token "${name}"${names === "" ? "" : `: it has ${names}`}`);
    }
    return tokens.filter((token) => token.name !== name);
  });
  process.stderr.write(`${name} was revoked\n`);
}

function checkedName(name: string): string {
  if (/^[\w.@-]{1,100}$/.test(name)) return name;
  throw new TokenError("TOKEN_BAD_NAME", `"${name}": a name is 1 to 100 letters, digits, dots, dashes, underscores and @`);
}

function scopesOf(text: string): Scope[] {
  const given = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const unknown = given.find((name) => !isScope(name));
  if (unknown !== undefined || given.length === 0) {
    throw new CliError(
      "CLI_BAD_CHOICE",
      `--scopes: ${unknown === undefined ? "name at least one" : `"${unknown}" is none`} of ${SCOPES.join(", ")}`,
    );
  }
  return SCOPES.filter((scope) => given.includes(scope));
}

function isScope(name: string): name is Scope {
  return SCOPES.some((scope) => scope === name);
}

function rateOf(text: string): number {
  const rate = Number(text);
  if (rate > 0 && rate <= 1_000_000) return rate;
  throw new CliError("CLI_BAD_NUMBER", `--rate is a number of requests a second above 0, not "${text}"`);
}
