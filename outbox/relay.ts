// Moves rows of an outbox to the log: in the order of their numbers, removed once the log has them. One relay leads, others stand by.
import { setTimeout as delay } from "node:timers/promises";
import pino from "pino";
import { logLevel } from "../engine/config/options.ts";
import { backoffMs } from "../engine/core/backoff.ts";
import type { Logger } from "../engine/observability/logger.ts";
import { forward, messageOf, type Sender } from "./forward.ts";
import { OutboxError } from "./outbox-error.ts";
import type { Connection } from "./postgres.ts";
import type { Row } from "./row.ts";
import { Session } from "./session.ts";
import { DEFAULT_TABLE, tableNames, type TableNames } from "./table.ts";

export interface RelayOptions {
  readonly app: Sender;
  /** Opens a connection of the relay's own, e.g. `async () => { const client = new pg.Client(url); await client.connect(); return client; }`. */
  readonly connect: () => Promise<Connection>;
  /** Default `outbox`. */
  readonly table?: string;
  /** How long a row may wait where the database's word of it does not come, in milliseconds. Default 1,000. */
  readonly pollMs?: number;
  /** So many rows are sent together. Default 500. */
  readonly batch?: number;
  /** How long the database may take to answer, in milliseconds; then the relay connects again. Default 30,000. */
  readonly queryTimeoutMs?: number;
  /** Default: pino to standard output. */
  readonly logger?: Logger;
}

export interface RelayStatus {
  /** Whether it moves rows; else another does, or it has no connection. */
  readonly leads: boolean;
  /** Rows that it has sent, and set aside, in this process. */
  readonly sent: number;
  readonly dead: number;
  /** What keeps it from moving rows; null where nothing does. */
  readonly problem: string | null;
}

export interface OutboxBacklog {
  readonly waiting: number;
  /** Of the oldest row, in milliseconds; 0 where there is none. */
  readonly oldestMs: number;
}

const BACKOFF = { baseMs: 200, maxMs: 10_000 };

export class Relay {
  readonly #options: Required<RelayOptions>;
  readonly #names: TableNames;
  readonly #abort = new AbortController();
  #running: Promise<void> | null = null;
  #leads = false;
  #sent = 0;
  #dead = 0;
  #problem: string | null = null;
  #wake: (() => void) | null = null;
  #isWoken = false;

  /** @throws OutboxError `OUTBOX_TABLE` */
  constructor(options: RelayOptions) {
    const logger = options.logger ?? pino({ name: "outbox", level: logLevel() });
    this.#options = { table: DEFAULT_TABLE, pollMs: 1_000, batch: 500, queryTimeoutMs: 30_000, ...options, logger };
    this.#names = tableNames(this.#options.table);
  }

  /** Begins to move rows, and goes on whatever happens to the database or the log, until `stop`. @throws OutboxError `OUTBOX_STATE` */
  start(): void {
    if (this.#running !== null) throw new OutboxError("OUTBOX_STATE", "relay.start() was called before: make another relay");
    this.#running = this.#run();
  }

  /** Resolves when what is on its way to the log is there, and its rows are gone. Idempotent. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#wake?.();
    await this.#running;
  }

  status(): RelayStatus {
    return { leads: this.#leads, sent: this.#sent, dead: this.#dead, problem: this.#problem };
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    let failures = 0;
    while (!signal.aborted) {
      const sentBefore = this.#sent;
      try {
        await this.#connected();
        return;
      } catch (error) {
        if (signal.aborted) return;
        failures = this.#sent > sentBefore ? 0 : failures + 1;
        this.#tell("OUTBOX_DATABASE", `the outbox's database: ${messageOf(error)}. The relay connects again; rows wait in the table`);
        await this.#rest(backoffMs(failures, Math.random(), BACKOFF));
      }
    }
  }

  /** One connection's life. Returns when the relay is stopped. @throws what the driver throws, Error where the database does not answer */
  async #connected(): Promise<void> {
    const { connect, pollMs, batch, queryTimeoutMs: answerMs } = this.#options;
    const { signal } = this.#abort;
    const session = await Session.open({ connect, answerMs, onNews: () => this.#awake() });
    try {
      await session.query(`listen ${this.#names.channel}`);
      while (!signal.aborted) {
        session.throwIfLost();
        this.#leads ||= await this.#lock(session);
        if (!this.#leads) this.#problem = null;
        const moved = this.#leads ? await this.#move(session) : 0;
        // Further rows do not make the log take them.
        if (moved === null) await this.#rest(pollMs);
        else if (moved < batch) await this.#pause(pollMs);
      }
    } finally {
      this.#leads = false;
      await session.close();
    }
  }

  /**
   * It goes with the connection, so there is one relay that holds it, and none that holds it without being there. It is of the table itself:
   * relays may call it by different names, and one name may mean different tables. @throws what the driver throws
   */
  async #lock(session: Session): Promise<boolean> {
    const { rows } = await session.query("select pg_try_advisory_lock(hashtext('millrace outbox'), $1::regclass::oid::int4) as leads", [
      this.#names.table,
    ]);
    return rows[0]?.["leads"] === true;
  }

  /** Returns how many rows left the table; null where the log takes none now. */
  async #move(session: Session): Promise<number | null> {
    const { app, batch } = this.#options;
    const { table } = this.#names;
    const { rows } = await session.query(
      `select id::text, event_id, name, key, data::text, time, subject, traceparent, tracestate from ${table} as rows order by rows.id limit ${batch}`,
    );
    const { sent, dead, obstacle } = await forward(app, rows as unknown as readonly Row[]);
    for (const { row, reason } of dead) await this.#setAside(session, row, reason);
    // Should the process end before this, they are sent again by the same ids, which count once.
    if (sent.length > 0) await session.query(`delete from ${table} where id = any($1::bigint[])`, [sent.map(({ id }) => id)]);
    this.#sent += sent.length;
    if (obstacle === null) {
      this.#problem = null;
      return rows.length;
    }
    if (!this.#abort.signal.aborted) {
      this.#tell("OUTBOX_LOG", `the log takes no events: ${messageOf(obstacle)}. Rows wait in the table`);
    }
    return null;
  }

  async #setAside(session: Session, { id, event_id: event, name }: Row, reason: string): Promise<void> {
    const { table, dead } = this.#names;
    await session.query(
      `with gone as (delete from ${table} where id = $1::bigint returning *) insert into ${dead} select gone.*, $2 from gone`,
      [id, reason],
    );
    this.#dead += 1;
    this.#options.logger.error(
      { code: "OUTBOX_ROW_DEAD", table: dead, row: id, event, name },
      `a row of the outbox cannot be sent: ${reason}`,
    );
  }

  #tell(code: string, problem: string): void {
    if (this.#problem === problem) return;
    this.#problem = problem;
    this.#options.logger.warn({ code, table: this.#names.table }, problem);
  }

  #awake(): void {
    this.#isWoken = true;
    this.#wake?.();
  }

  /** For so long, or until it is stopped. */
  async #rest(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#abort.signal }).catch(() => {});
  }

  /** Until something happened, or for so long. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#abort;
    if (this.#isWoken || signal.aborted) {
      this.#isWoken = false;
      return;
    }
    const waking = new AbortController();
    this.#wake = () => waking.abort();
    await delay(ms, undefined, { signal: AbortSignal.any([signal, waking.signal]) }).catch(() => {});
    this.#wake = null;
    this.#isWoken = false;
  }
}

/** `createRelay({ app, connect }).start()`: any number of processes may run one. @throws OutboxError `OUTBOX_TABLE` */
export function createRelay(options: RelayOptions): Relay {
  return new Relay(options);
}

/** How much waits. For metrics; asked over any connection. @throws what the driver throws */
export async function outboxBacklog(client: Pick<Connection, "query">, table?: string): Promise<OutboxBacklog> {
  const { rows } = await client.query(
    `select count(*)::int as waiting, coalesce(extract(epoch from now() - min(created_at)) * 1000, 0)::float8 as oldest from ${tableNames(table).table}`,
  );
  const { waiting, oldest } = rows[0] ?? {};
  return { waiting: Number(waiting), oldestMs: Number(oldest) };
}
