// Certificates that are no good: what is wrong with each is told at once, with what to do. A server of TLS is enough for that; no broker is asked.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createServer } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openKafkaLog } from "../../../engine/log/kafka/kafka-log.ts";

const run = promisify(execFile);
const LONG_AGO = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"];
const LATER = ["-startdate", "20900101000000Z", "-enddate", "20900102000000Z"];
const NOW = ["-days", "2"];
const HERE = "subjectAltName=DNS:localhost,IP:127.0.0.1";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "millrace-certificates-"));
  await openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-days", "2", "-subj", "/CN=ca", "-out", "ca.pem");
  await openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=broker", "-keyout", "broker.key", "-out", "broker.csr");
  await writeFile(path.join(folder, "ca.cnf"), CA);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CA = `[ca]
default_ca=own
[own]
database=index.txt
new_certs_dir=.
default_md=sha256
policy=any
rand_serial=yes
unique_subject=no
[any]
commonName=supplied
`;

function openssl(...args: string[]): Promise<unknown> {
  return run("openssl", args, { cwd: folder });
}

/** A server that shows a certificate of the authority, from and to these times and for these names. */
async function serving(times: readonly string[], names: string): Promise<{ readonly address: string } & AsyncDisposable> {
  await writeFile(path.join(folder, "index.txt"), "");
  await writeFile(path.join(folder, "names"), `${names}\n`);
  const signing = ["-cert", "ca.pem", "-keyfile", "ca.key", "-in", "broker.csr", "-extfile", "names", "-out", "broker.pem"];
  await openssl("ca", "-batch", "-notext", "-config", "ca.cnf", ...signing, ...times);
  const [key, cert] = await Promise.all(["broker.key", "broker.pem"].map((name) => readFile(path.join(folder, name))));
  const server = createServer({ key, cert }, (socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `localhost:${port}`, [Symbol.asyncDispose]: async () => void server.close() };
}

test.each([
  ["that has expired", LONG_AGO, HERE, /CERT_HAS_EXPIRED.*has expired: give the brokers a new one/],
  ["that counts from later on", LATER, HERE, /CERT_NOT_YET_VALID.*clocks/],
  [
    "for another host",
    NOW,
    "subjectAltName=DNS:elsewhere.example",
    /ERR_TLS_CERT_ALTNAME_INVALID.*name brokers by a name that stands in it/,
  ],
])("a certificate %s", async (_, times, names, message) => {
  await using server = await serving(times, names);
  const ca = await readFile(path.join(folder, "ca.pem"), "utf8");
  const refused = { family: "log", code: "LOG_AUTHENTICATION_FAILED", message: expect.stringMatching(message) as unknown };
  await expect(openKafkaLog({ brokers: [server.address], ssl: { ca: [ca] } })).rejects.toMatchObject(refused);
});

test("a certificate of an authority that is not known", async () => {
  await using server = await serving(NOW, HERE);
  const message = expect.stringMatching(/give ssl\.ca the certificate of the authority/) as unknown;
  const refused = { family: "log", code: "LOG_AUTHENTICATION_FAILED", message };
  await expect(openKafkaLog({ brokers: [server.address], ssl: true })).rejects.toMatchObject(refused);
});
