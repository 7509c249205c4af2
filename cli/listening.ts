// Opens a port.
import type { AddressInfo, Server } from "node:net";
import { cannotListen } from "./cannot-listen.ts";

export interface At {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
}

/** Resolves with its port. `setting`: what says it, as flag or in the file. @throws CliError `CLI_PORT_TAKEN` */
export async function listening(server: Server, at: At, setting: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(cannotListen(at, setting, cause)));
    server.listen(at.port, at.host, () => resolve());
  });
  return (server.address() as AddressInfo).port;
}
