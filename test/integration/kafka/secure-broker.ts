// A broker with a listener that wants TLS and SASL, beside its open one.
import { execFile } from "node:child_process";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Link } from "../../../engine/log/kafka/link.ts";
import type { WireRequest } from "../../../engine/log/kafka/protocol/request.ts";
import { startJavaBrokers } from "../../support/kafka/java-kafka.ts";
import { freePorts } from "../../support/kafka/ports.ts";

const run = promisify(execFile);

export interface SecureBroker extends AsyncDisposable {
  /** The listener that wants TLS and SASL. */
  readonly address: string;
  /** The one that wants nothing. */
  readonly openAddress: string;
  /** The authority that signed the broker's certificate, and one that did not. */
  readonly ca: string;
  readonly otherCa: string;
  /** Another user, by SCRAM. */
  addUser(user: User): Promise<void>;
}

export interface User {
  readonly name: string;
  readonly password: string;
}

/** With `withAcls`, whoever comes over the secure listener may do nothing until it is allowed; who comes over the open one may do all. */
export async function startSecureBroker(user: User, { withAcls = false } = {}): Promise<SecureBroker> {
  const folder = await mkdtemp(path.join(tmpdir(), "millrace-tls-"));
  const { ca, otherCa, keystore } = await makeCertificates(folder);
  const [open, secure, internal, controller] = await freePorts(4);
  const at = (port: number | undefined): string => `127.0.0.1:${port}`;
  const settings = {
    listeners: `CLIENT://${at(open)},SECURE://${at(secure)},INTERNAL://${at(internal)},CONTROLLER://${at(controller)}`,
    "advertised.listeners": `CLIENT://${at(open)},SECURE://${at(secure)},INTERNAL://${at(internal)}`,
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,SECURE:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.quorum.voters": `1@${at(controller)}`,
    "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
    "listener.name.secure.scram-sha-512.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "listener.name.secure.plain.sasl.jaas.config": `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user.name}="${user.password}";`,
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.location": keystore,
    "ssl.keystore.password": STORE_PASSWORD,
    "ssl.key.password": STORE_PASSWORD,
    ...(withAcls ? ACLS : {}),
  };
  const [broker] = await startJavaBrokers(1, { settings, ...(open === undefined ? {} : { port: open }) });
  await addScramUser(open ?? 0, user);
  return {
    address: at(secure),
    openAddress: at(open),
    ca,
    otherCa,
    addUser: (another) => addScramUser(open ?? 0, another),
    async [Symbol.asyncDispose]() {
      await broker?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const STORE_PASSWORD = "changeit";
const ACLS = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "super.users": "User:ANONYMOUS",
  "allow.everyone.if.no.acl.found": "false",
};

async function makeCertificates(folder: string): Promise<{ ca: string; otherCa: string; keystore: string }> {
  const openssl = (...args: string[]): Promise<unknown> => run("openssl", args, { cwd: folder });
  for (const name of ["ca", "other"]) {
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`];
    await openssl("req", "-x509", ...key, "-days", "2", "-subj", `/CN=${name}`, "-out", `${name}.pem`);
  }
  await openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=broker", "-keyout", "broker.key", "-out", "broker.csr");
  await writeFile(path.join(folder, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  const signedBy = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  await openssl("x509", "-req", "-in", "broker.csr", ...signedBy, "-out", "broker.pem");
  const store = ["-inkey", "broker.key", "-certfile", "ca.pem", "-name", "broker", "-passout", `pass:${STORE_PASSWORD}`];
  await openssl("pkcs12", "-export", "-in", "broker.pem", ...store, "-out", "broker.p12");
  const pem = (name: string): Promise<string> => readFile(path.join(folder, name), "utf8");
  return { ca: await pem("ca.pem"), otherCa: await pem("other.pem"), keystore: path.join(folder, "broker.p12") };
}

/** AlterUserScramCredentials v0, which kafkajs does not speak. */
async function addScramUser(port: number, { name, password }: User): Promise<void> {
  const salt = randomBytes(16);
  const iterations = 4096;
  const salted = pbkdf2Sync(password, salt, iterations, 64, "sha512");
  const numbers = Buffer.alloc(5);
  numbers.writeInt8(2, 0); // SCRAM-SHA-512
  numbers.writeInt32BE(iterations, 1);
  const compact = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([bytes.length + 1]), bytes]);
  const upsertion = [compact(Buffer.from(name)), numbers, compact(salt), compact(salted), Buffer.from([0])];
  // A flexible request: the header ends with tagged fields, arrays count from one.
  const body = Buffer.concat([Buffer.from([0, 1, 2]), ...upsertion, Buffer.from([0])]);
  const request: WireRequest<{ throttleTimeMs: number }> = {
    apiKey: 51,
    apiName: "AlterUserScramCredentials",
    apiVersion: 0,
    body,
    read: () => ({ throttleTimeMs: 0 }),
  };
  const link = new Link({ host: "127.0.0.1", port }, { clientId: "tests" });
  await link.request(request, 10_000);
  link.close();
}
