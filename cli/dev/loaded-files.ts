// Which files an app is made of: every module that is loaded from here on, but for those of packages; and what says how it is loaded.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packageFile } from "../package-file.ts";
import type { LoadedFile } from "./messages.ts";

/** `tell` gets each before it is executed: it may end the process. */
export function followLoadedFiles(tell: (file: LoadedFile) => void): void {
  const seen = new Set<string>();
  const found = (loaded: LoadedFile): void => {
    if (seen.has(loaded.file)) return;
    seen.add(loaded.file);
    tell(loaded);
  };
  registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        for (const file of soughtFor(specifier, context.parentURL)) if (!existsSync(file)) found({ file, hash: null });
        throw error;
      }
    },
    load(url, context, next) {
      const file = ownFile(url);
      // Before it is loaded: what does not compile is what somebody is about to mend.
      if (file !== null) {
        found({ file, hash: hashOf(file) });
        const said = packageOf(file);
        if (said !== null) found({ file: said, hash: hashOf(said) });
      }
      return next(url, context);
    },
  });
}

/** The package.json that says what kind of module a file is, and what is installed for it. */
export function packageOf(file: string): string | null {
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const said = path.join(folder, "package.json");
    if (existsSync(said)) return said;
    if (folder === path.dirname(folder)) return null;
  }
}

/** Null where it cannot be read. */
export function hashOf(file: string): string | null {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return null;
  }
}

/** In a clone of Millrace its own modules are in no node_modules; its examples are apps. */
const OF_THE_PACKAGE = ["engine", "consumers", "server", "cli", "schemas", "outbox", "dist"].map((name) => packageFile(name) + path.sep);

function ownFile(url: string): string | null {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return null;
  const file = fileURLToPath(url);
  return OF_THE_PACKAGE.some((folder) => file.startsWith(folder)) ? null : file;
}

/** Where a module would be that is not there: it may be made yet. */
function soughtFor(specifier: string, parent: string | undefined): readonly string[] {
  const isRelative = specifier.startsWith("./") || specifier.startsWith("../");
  if (!isRelative && !specifier.startsWith("file:")) return [];
  try {
    const file = ownFile(new URL(specifier, parent).href);
    return file === null ? [] : [file];
  } catch {
    return [];
  }
}
