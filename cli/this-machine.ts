// Which addresses no other machine reaches.
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/i;

export function isThisMachine(host: string): boolean {
  return LOOPBACK.test(host);
}
