// Which files an app is made of: every module that is loaded from here on, but for those of packages.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { LoadedFile } from "./messages.ts";

/** `tell` gets them soon after, some at a time. */
export function followLoadedFiles(tell: (files: readonly LoadedFile[]) => void): void {
  const seen = new Set<string>();
  let fresh: LoadedFile[] = [];
  const found = (loaded: LoadedFile): void => {
    if (seen.has(loaded.file)) return;
    seen.add(loaded.file);
    if (fresh.length === 0) {
      setImmediate(() => {
        tell(fresh);
        fresh = [];
      });
    }
    fresh.push(loaded);
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
      if (file !== null) found({ file, hash: hashOf(file) });
      return next(url, context);
    },
  });
}

/** Null where it cannot be read. */
export function hashOf(file: string): string | null {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return null;
  }
}

function ownFile(url: string): string | null {
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return null;
  return fileURLToPath(url);
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
