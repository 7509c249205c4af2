// The codec that a command reads a log with: what a module exports as `codec`, or that of the app that it exports.
import path from "node:path";
import { pathToFileURL } from "node:url";
import { whyNotLoaded } from "../consumers/workflow-engine.ts";
import type { Codec } from "../engine/log/encrypted/codec.ts";
import { CliError } from "./cli-error.ts";
import { printingAside } from "./printing-aside.ts";

/** Beside a module of an app. @throws CliError `CLI_BAD_CHOICE` */
export function checkNoCodec({ codec }: { readonly codec?: string }): void {
  if (codec !== undefined) throw new CliError("CLI_BAD_CHOICE", "--codec is for --app without a module: an app has its own");
}

/** @throws CliError `CLI_NO_CODEC` */
export async function loadCodec(module: string): Promise<Codec> {
  const file = path.resolve(module);
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await printingAside(async () => (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>);
  } catch (cause) {
    throw new CliError("CLI_NO_CODEC", `--codec: ${file} cannot be loaded: ${whyNotLoaded(cause)}`, { cause });
  }
  for (const candidate of [exported["codec"], ...[exported["app"], exported["default"]].map(codecOfApp), exported["default"]]) {
    if (isCodec(candidate)) return candidate;
  }
  throw new CliError("CLI_NO_CODEC", `--codec: ${file} exports neither a codec, as \`codec\`, nor an app that has one`);
}

function codecOfApp(app: unknown): unknown {
  if (typeof app !== "object" || app === null || !("parts" in app)) return null;
  const { parts } = app;
  return typeof parts === "object" && parts !== null && "codec" in parts ? parts.codec : null;
}

/** By its shape: the module may have a copy of the package of its own. */
function isCodec(value: unknown): value is Codec {
  return typeof value === "object" && value !== null && "encrypt" in value && "decrypt" in value && "hide" in value && "current" in value;
}
