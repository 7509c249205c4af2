// Addresses: which of them no other machine reaches, and how they are written.
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/** Of what listens there, for people. */
export function urlAt({ host, port }: { readonly host: string; readonly port: number }): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

export function isThisMachine(host: string): boolean {
  return LOOPBACK.test(host);
}
