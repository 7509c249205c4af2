// How a command ends, for scripts: the numbers are stable, and stand in the guide.

export const EXIT = {
  ok: 0,
  failed: 1,
  wrongCall: 2,
  /** Of what was compared. */
  differs: 3,
  notFound: 4,
  notAllowed: 5,
  /** Nobody answers, or not now: the same may succeed later. */
  notReachable: 6,
  /** By Ctrl-C: 128 and the signal's number, as shells have it. */
  interrupted: 130,
} as const;

const BY_CODE: Readonly<Record<string, number>> = {
  CLI_APP_UNNAMED: EXIT.wrongCall,
  CLI_BAD_CHOICE: EXIT.wrongCall,
  CLI_NOT_CONFIRMED: EXIT.wrongCall,
  CLI_BAD_NUMBER: EXIT.wrongCall,
  CLI_BAD_TIME: EXIT.wrongCall,
  CLI_BAD_STATUS: EXIT.wrongCall,
  CLI_BAD_NAME: EXIT.wrongCall,
  CLI_BAD_JSON: EXIT.wrongCall,
  CLI_BACKFILL_HOW: EXIT.wrongCall,
  CLI_REPLAY_HOW: EXIT.wrongCall,
  // A file that an argument, a flag or a setting names is a part of the call.
  CLI_BAD_FILE: EXIT.wrongCall,
  CLI_NO_MODULE: EXIT.wrongCall,
  CLI_NO_TOKENS: EXIT.wrongCall,
  HISTORY_NOT_THERE: EXIT.wrongCall,
  CLI_NO_SERVER: EXIT.notReachable,
  CLI_NOT_MILLRACE: EXIT.notReachable,
  CLI_NO_ANSWER: EXIT.notReachable,
  CLI_SEND_STUCK: EXIT.notReachable,
  CLI_NO_APP: EXIT.notFound,
  CLI_NO_LOG: EXIT.notFound,
  CLI_NO_RUN: EXIT.notFound,
  CLI_NO_CONSUMER: EXIT.notFound,
  CLI_NO_FUNCTION: EXIT.notFound,
  CLI_NO_PARTITION: EXIT.notFound,
  CLI_NO_BACKFILL: EXIT.notFound,
  HISTORY_NO_RUN: EXIT.notFound,
  RERUN_NO_STEP: EXIT.notFound,
  RERUN_BAD_EDIT: EXIT.wrongCall,
  INVALID_RUN_ID: EXIT.notFound,
  SWAP_NO_VERSION: EXIT.notFound,
  UNKNOWN_FUNCTION: EXIT.notFound,
  LOG_UNAVAILABLE: EXIT.notReachable,
  LOG_LOCKED: EXIT.notReachable,
  CLI_LOG_HELD: EXIT.notReachable,
  LOG_AUTHENTICATION_FAILED: EXIT.notAllowed,
  LOG_NOT_AUTHORIZED: EXIT.notAllowed,
  INVALID_SETTINGS: EXIT.wrongCall,
  INVALID_OPTIONS: EXIT.wrongCall,
  INVALID_DURATION: EXIT.wrongCall,
  OUTBOX_TABLE: EXIT.wrongCall,
  TOKEN_BAD_NAME: EXIT.wrongCall,
  TOKEN_UNKNOWN: EXIT.notFound,
};

const BY_STATUS: Readonly<Record<number, number>> = {
  400: EXIT.wrongCall,
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  429: EXIT.notReachable,
  502: EXIT.notReachable,
  503: EXIT.notReachable,
};

/** An error of this package, or of another copy of it; `status` where a server said it. */
export function exitCodeFor(error: { readonly code: string; readonly status?: unknown }): number {
  return BY_CODE[error.code] ?? (typeof error.status === "number" ? BY_STATUS[error.status] : undefined) ?? EXIT.failed;
}

/** A signal ended it; the message says how to go on. */
export class Interrupted extends Error {}
