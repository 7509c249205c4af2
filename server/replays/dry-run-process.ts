// The process of a dry run: it loads the app's code as it is on the disk now, and moves clock and chance. Its report goes to a file, a run a line.
import { loadApp } from "../../consumers/workflow-engine.ts";
import type { Logger } from "../../engine/observability/logger.ts";
import type { AppParts } from "../../engine/sdk/app-parts.ts";
import { ChildError } from "../child/child-error.ts";
import { serveWork } from "../child/serve-work.ts";
import { dryRunOfApp } from "./dry-run-of-app.ts";
import { writeRuns, type ReportHead } from "./report-files.ts";

export interface DryRunRequest {
  readonly module: string;
  readonly function: string;
  readonly partitions: number;
  readonly since?: number;
  readonly until?: number;
  readonly where?: string;
  readonly recompute: readonly string[];
  /** Where the runs that differ are written. */
  readonly file: string;
}

const nothing = (): void => {};
const say = (_: object, message: string): void => void process.stderr.write(`${message}\n`);
const logger: Logger = { debug: nothing, info: nothing, warn: say, error: say };

serveWork(async (asked, log, tell) => {
  const { module, function: id, file, ...request } = asked as DryRunRequest;
  // Before the app's code is there, which may take hold of the clock.
  const parts = await partsOf(module);
  const registered = parts.functions.get(id);
  if (registered === undefined) throw new ChildError("UNKNOWN_FUNCTION", `the code of ${module} has no function "${id}" any more`);
  const report = await dryRunOfApp({ parts, topics: parts.topics, function: registered, log, ...request, logger, onProgress: tell });
  const { runs, ...head } = report;
  await writeRuns(file, runs);
  return head satisfies ReportHead;
});

async function partsOf(module: string): Promise<AppParts> {
  const app: object = await loadApp(module);
  if ("parts" in app) return app.parts as AppParts;
  throw new ChildError(
    "CLI_OTHER_VERSION",
    `the app of ${module} is of another version of the package than this server: install one of them`,
  );
}
