// Schemas as they were committed, as git tells them.
import { execFileSync } from "node:child_process";
import path from "node:path";
import { SchemaError } from "../engine/schemas/schema-error.ts";
import { CliError } from "./cli-error.ts";
import { schemaFile, type SchemaFile } from "./schemas-files.ts";

/** Those of a commit. What was no schema of an event then is passed over: nobody can have used it. */
export function committedSchemas(folder: string, ref: string): readonly SchemaFile[] {
  const files = git(folder, "ls-tree", "-r", "-z", "--name-only", `${ref}^{commit}`, "--", ".").split("\0");
  return files
    .filter((file) => file.endsWith(".avsc"))
    .flatMap((file) => {
      const found = schemaAt(folder, ref, file);
      return found === null ? [] : [found];
    });
}

/**
 * The commit whose schemas these are to be compared with: the last one, or the one before where they are those of the last, as they are in a job of
 * CI, which would otherwise compare them with themselves. A repository that has one commit only has nothing else.
 */
export function formerCommit(folder: string, schemas: readonly SchemaFile[]): string {
  const committed = new Map(committedSchemas(folder, "HEAD").map(({ file, schema }) => [file, schema.text]));
  const isCommitted = committed.size === schemas.length && schemas.every(({ file, schema }) => committed.get(file) === schema.text);
  if (!isCommitted) return "HEAD";
  const [, parent] = git(folder, "rev-list", "--parents", "--max-count=1", "HEAD").trim().split(" ");
  if (parent !== undefined) return "HEAD^";
  if (git(folder, "rev-parse", "--is-shallow-repository").trim() === "false") return "HEAD";
  throw new CliError(
    "CLI_NO_VERSIONS",
    `the schemas in ${path.resolve(folder)} are those of the last commit, and this clone has no other. Fetch the history (in GitHub's checkout: fetch-depth: 0), ` +
      "or compare with a registry: --registry, --app",
  );
}

/** The versions of one file up to a commit, oldest first: those that differ in what matters. */
export function committedVersions(folder: string, ref: string, file: string): readonly string[] {
  const commits = git(folder, "log", "--reverse", "--format=%H", ref, "--", `./${file}`).split("\n").filter(Boolean);
  const texts = commits.map((commit) => schemaAt(folder, commit, file)?.schema.text ?? null);
  return texts.filter((text) => text !== null).filter((text, index, all) => text !== all[index - 1]);
}

function schemaAt(folder: string, ref: string, file: string): SchemaFile | null {
  // A commit that removed it has none.
  if (git(folder, "ls-tree", "--name-only", ref, "--", `./${file}`) === "") return null;
  try {
    return schemaFile(folder, file, git(folder, "show", `${ref}:./${file}`));
  } catch (error) {
    if (error instanceof SchemaError) return null;
    throw error;
  }
}

function git(folder: string, ...words: readonly string[]): string {
  try {
    return execFileSync("git", words, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 64 * 1024 * 1024 });
  } catch (cause) {
    const said = cause instanceof Error && "stderr" in cause && typeof cause.stderr === "string" ? cause.stderr.trim() : "";
    const why = said === "" ? (cause instanceof Error ? cause.message : String(cause)) : said;
    throw new CliError(
      "CLI_NO_VERSIONS",
      `git cannot tell which schemas of ${path.resolve(folder)} were committed: ${why}. Name a commit that is there with --against, or compare with a registry: --registry, --app`,
      { cause },
    );
  }
}
