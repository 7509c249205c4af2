// A run, by its id or by the beginning of it.
import { CliError } from "../cli-error.ts";
import type { RunSource } from "./run-source.ts";

const LENGTH = 26;
const SHOWN = 5;

/** @throws CliError `CLI_NO_RUN` */
export async function runIdOf(source: Pick<RunSource, "page">, text: string): Promise<string> {
  const begin = text.toUpperCase();
  if (!/^[0-9A-HJKMNP-TV-Z]{1,26}$/.test(begin)) {
    throw new CliError(
      "CLI_NO_RUN",
      `"${text}" is no id of a run: that is ${LENGTH} digits and letters, never I, L, O or U, or the beginning of them`,
    );
  }
  if (begin.length === LENGTH) return begin;
  const { items } = await source.page({ search: begin }, 100, null);
  const ids = items.map(({ id }) => id).filter((id) => id.startsWith(begin));
  const [first, ...others] = ids;
  if (first === undefined) throw new CliError("CLI_NO_RUN", `no run's id begins with ${begin}: \`millrace runs list\` has them`);
  if (others.length === 0) return first;
  const more = ids.length > SHOWN ? " …" : "";
  throw new CliError("CLI_NO_RUN", `several runs' ids begin with ${begin}: ${ids.slice(0, SHOWN).join(", ")}${more}`);
}
