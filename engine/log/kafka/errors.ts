// kafkajs' errors as ours, by type and code, never by message text.
import { LogError } from "../errors.ts";
import { errorOfCode } from "./protocol/error-codes.ts";

/** The fields that tell kafkajs' and Node's errors apart. */
interface Traits {
  readonly name: string;
  readonly code: unknown;
  readonly cause: unknown;
}

/** What a failed exchange with the broker at `address` means. */
export function fromKafkajs(error: unknown, address: string): LogError {
  for (let link: unknown = error, depth = 0; link !== undefined && link !== null && depth < 8; depth++) {
    if (link instanceof LogError) return link;
    const traits = traitsOf(link);
    const found = meaningOf(traits, address, error);
    if (found !== null) return found;
    link = traits.cause;
  }
  const told = error instanceof Error ? error.message : String(error);
  return new LogError("LOG_FAILED", `Talking to Kafka at ${address} failed: ${told}`, { cause: error });
}

function meaningOf({ name, code }: Traits, address: string, cause: unknown): LogError | null {
  if (typeof code === "number") {
    const { code: ours, message, retriable } = errorOfCode(code, `a request at ${address}`);
    return new LogError(ours, message, { retriable, cause });
  }
  if (name === "KafkaJSSASLAuthenticationError") {
    return new LogError(
      "LOG_AUTHENTICATION_FAILED",
      `Kafka at ${address} refused these credentials: check SASL mechanism, user and password.`,
      {
        cause,
      },
    );
  }
  if (typeof code === "string" && isAboutCertificates(code)) {
    return new LogError("LOG_AUTHENTICATION_FAILED", `TLS with Kafka at ${address} failed with ${code}: ${certificateAdvice(code)}.`, {
      cause,
    });
  }
  if (isAboutTheWire(name) || typeof code === "string") {
    const why = typeof code === "string" ? ` (${code})` : "";
    return new LogError("LOG_UNAVAILABLE", `Kafka at ${address} does not answer${why}.`, { retriable: true, cause });
  }
  return null;
}

const WIRE_ERRORS = new Set([
  "KafkaJSConnectionError",
  "KafkaJSConnectionClosedError",
  "KafkaJSRequestTimeoutError",
  "KafkaJSBrokerNotFound",
  "KafkaJSLockTimeout",
  "KafkaJSGroupCoordinatorNotFound",
  "KafkaJSNoBrokerAvailableError",
  "KafkaJSMetadataNotLoaded",
  "KafkaJSTopicMetadataNotLoaded",
  "Error", // bare: what kafkajs throws when it is not connected to the broker that it wants to ask
]);

function isAboutTheWire(name: string): boolean {
  return WIRE_ERRORS.has(name);
}

// Node gives OpenSSL's verification results and its own ERR_TLS_… as `code`; EPROTO is a TLS hello to a port that speaks something else.
const CERTIFICATE_CODES =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|HOSTNAME_MISMATCH|EPROTO$)/u;

function isAboutCertificates(code: string): boolean {
  return CERTIFICATE_CODES.test(code);
}

/** OpenSSL's words for what is wrong, and Node's. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^CERT_HAS_EXPIRED$/, "its certificate, or one that signed it, has expired: give the brokers a new one"],
  [/^CERT_NOT_YET_VALID$/, "its certificate does not count yet: compare the clocks here and there"],
  [
    /^(?:ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    "its certificate is for another host name: name brokers by a name that stands in it, or give ssl.servername",
  ],
  [
    /^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/,
    "its certificate is signed by nobody who is known here: give ssl.ca the certificate of the authority",
  ],
];

function certificateAdvice(code: string): string {
  return ADVICE.find(([pattern]) => pattern.test(code))?.[1] ?? "check the CA and the host name, and that this port speaks TLS";
}

function traitsOf(error: unknown): Traits {
  if (!(error instanceof Error)) return { name: "", code: undefined, cause: undefined };
  return { name: error.name, code: "code" in error ? error.code : undefined, cause: error.cause };
}
