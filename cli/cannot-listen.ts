// Why a port cannot be opened, and what to do about it.
import { CliError } from "./cli-error.ts";

/** `setting`: what says the port, as flag or in the file. */
export function cannotListen(
  { host, port }: { readonly host: string; readonly port: number },
  setting: string,
  cause: NodeJS.ErrnoException,
): CliError {
  const at = `${host}:${port}`;
  const message =
    cause.code === "EADDRINUSE"
      ? `${at} is taken by another process: end it, or take another port (${setting})`
      : `cannot listen on ${at}: ${cause.message}. The host is an address of this machine, and a port below 1024 may need rights (${setting})`;
  return new CliError("CLI_PORT_TAKEN", message, { cause });
}
