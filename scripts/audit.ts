// Asks the registry for advisories about the packages that are installed with Millrace. Fails on any; where nobody answers, says that nothing is known.
//   AUDIT=required: fails then, too
import { spawnSync } from "node:child_process";
import { ROOT } from "./command.ts";

const ARGUMENTS = ["audit", "--omit=dev", "--json", "--audit=true", "--fetch-retries=0", "--fetch-timeout=10000"];

interface Advisory {
  readonly name: string;
  readonly severity: string;
  readonly range: string;
}

/** Of `npm audit --json`: what it found, or why it could not ask. */
interface Answer {
  readonly vulnerabilities?: Readonly<Record<string, Advisory>>;
  readonly message?: string;
}

// npm ends with 1 where it found something, and where nobody answered.
const { stdout } = spawnSync("npm", ARGUMENTS, { cwd: ROOT, encoding: "utf8", timeout: 30_000, maxBuffer: 64 * 1024 * 1024 });
const answer = parsed(stdout);
if (answer === null || answer.vulnerabilities === undefined) {
  console.log(`not audited: ${answer?.message ?? "the registry did not answer"}`);
  process.exitCode = process.env["AUDIT"] === "required" ? 1 : 0;
} else {
  const found = Object.values(answer.vulnerabilities);
  for (const { name, severity, range } of found) console.log(`${name} ${range}: ${severity}`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

function parsed(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return null;
  }
}
