// Kafka's error codes that this adapter meets, by name, with what is to be done: `retriable` as Kafka's own client has it.
import { LogError, type LogErrorCode } from "../../errors.ts";

interface CodeMeaning {
  readonly name: string;
  readonly code: LogErrorCode;
  readonly retriable: boolean;
}

const transient = (name: string): CodeMeaning => ({ name, code: "LOG_UNAVAILABLE", retriable: true });
const final = (name: string, code: LogErrorCode): CodeMeaning => ({ name, code, retriable: false });

export const ERROR = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  requestTimedOut: 7,
  notEnoughReplicasAfterAppend: 20,
  topicAlreadyExists: 36,
  invalidReplicationFactor: 38,
  invalidConfig: 40,
  policyViolation: 44,
} as const;

const MEANINGS: Readonly<Record<number, CodeMeaning>> = {
  [-1]: transient("UNKNOWN_SERVER_ERROR"),
  1: final("OFFSET_OUT_OF_RANGE", "LOG_OFFSET_OUT_OF_RANGE"),
  2: transient("CORRUPT_MESSAGE"),
  3: { name: "UNKNOWN_TOPIC_OR_PARTITION", code: "LOG_UNKNOWN_PARTITION", retriable: true },
  5: transient("LEADER_NOT_AVAILABLE"),
  6: transient("NOT_LEADER_OR_FOLLOWER"),
  7: transient("REQUEST_TIMED_OUT"),
  8: transient("BROKER_NOT_AVAILABLE"),
  9: transient("REPLICA_NOT_AVAILABLE"),
  10: final("MESSAGE_TOO_LARGE", "LOG_RECORD_TOO_LARGE"),
  13: transient("NETWORK_EXCEPTION"),
  14: transient("COORDINATOR_LOAD_IN_PROGRESS"),
  15: transient("COORDINATOR_NOT_AVAILABLE"),
  16: transient("NOT_COORDINATOR"),
  17: final("INVALID_TOPIC", "LOG_INVALID_TOPIC"),
  18: final("RECORD_LIST_TOO_LARGE", "LOG_RECORD_TOO_LARGE"),
  19: transient("NOT_ENOUGH_REPLICAS"),
  20: transient("NOT_ENOUGH_REPLICAS_AFTER_APPEND"),
  22: transient("ILLEGAL_GENERATION"),
  23: final("INCONSISTENT_GROUP_PROTOCOL", "LOG_FAILED"),
  24: final("INVALID_GROUP_ID", "LOG_FAILED"),
  25: transient("UNKNOWN_MEMBER_ID"),
  26: final("INVALID_SESSION_TIMEOUT", "LOG_FAILED"),
  27: transient("REBALANCE_IN_PROGRESS"),
  29: final("TOPIC_AUTHORIZATION_FAILED", "LOG_NOT_AUTHORIZED"),
  30: final("GROUP_AUTHORIZATION_FAILED", "LOG_NOT_AUTHORIZED"),
  31: final("CLUSTER_AUTHORIZATION_FAILED", "LOG_NOT_AUTHORIZED"),
  32: final("INVALID_TIMESTAMP", "LOG_INVALID_RECORD"),
  33: final("UNSUPPORTED_SASL_MECHANISM", "LOG_AUTHENTICATION_FAILED"),
  34: final("ILLEGAL_SASL_STATE", "LOG_AUTHENTICATION_FAILED"),
  35: final("UNSUPPORTED_VERSION", "LOG_FAILED"),
  36: final("TOPIC_ALREADY_EXISTS", "LOG_INVALID_TOPIC"),
  37: final("INVALID_PARTITIONS", "LOG_INVALID_TOPIC"),
  38: final("INVALID_REPLICATION_FACTOR", "LOG_INVALID_TOPIC"),
  40: final("INVALID_CONFIG", "LOG_INVALID_TOPIC"),
  41: transient("NOT_CONTROLLER"),
  42: final("INVALID_REQUEST", "LOG_FAILED"),
  44: final("POLICY_VIOLATION", "LOG_INVALID_TOPIC"),
  56: transient("KAFKA_STORAGE_ERROR"),
  58: final("SASL_AUTHENTICATION_FAILED", "LOG_AUTHENTICATION_FAILED"),
  72: transient("LISTENER_NOT_FOUND"),
  74: transient("FENCED_LEADER_EPOCH"),
  75: transient("UNKNOWN_LEADER_EPOCH"),
  78: transient("OFFSET_NOT_AVAILABLE"),
  87: final("INVALID_RECORD", "LOG_INVALID_RECORD"),
  89: transient("THROTTLING_QUOTA_EXCEEDED"),
  100: { name: "UNKNOWN_TOPIC_ID", code: "LOG_UNKNOWN_PARTITION", retriable: true },
};

/** A broker's refusal as an error of ours. `doing` completes "Kafka refused …". */
export function errorOfCode(code: number, doing: string, detail: string | null = null): LogError {
  const meaning = MEANINGS[code] ?? final(`error code ${code}`, "LOG_FAILED");
  const todo = meaning.code === "LOG_NOT_AUTHORIZED" ? " Allow it to this principal: `millrace topics --acls` prints the commands." : "";
  return new LogError(meaning.code, `Kafka refused ${doing}: ${meaning.name}${detail === null ? "" : ` (${detail})`}.${todo}`, {
    retriable: meaning.retriable,
  });
}

/** A refused append that is in no log: the broker said so before it wrote. */
export function isCertainlyNotAppended(code: number): boolean {
  return !MAYBE_APPENDED.has(code);
}

const MAYBE_APPENDED = new Set([-1, ERROR.requestTimedOut, 13, ERROR.notEnoughReplicasAfterAppend]);
