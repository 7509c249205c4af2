// The tables of a run history. Times are milliseconds since 1970 by the log's clock; outputs and data are JSON.
//
// An event is known by its origin: `topic/partition/offset`, or its id where it never was in a topic. What a run sent is in `emission`, and meets
// the event that it became by id and name: so lineage goes event → run → emission → event → run, across functions.
//
// Lists are asked for while millions of runs are there. A kind is what lists are narrowed by: of runs function, status and event's name, of events
// the name. There are few kinds, they are counted (tally), and each has its rows in the order of lists (run_by_kind): so any list is a merge of
// the kinds that fit, and reads no more rows than it shows (merge.ts).
//
// What may be a megabyte stands last in its row: SQLite comes to a column behind it only by way of all of its pages.

/** Counts up when the tables change. A history of another version is made anew from the journal, which has all of it. */
export const HISTORY_VERSION = 4;

export const TABLES = `
CREATE TABLE history (app TEXT NOT NULL, topic TEXT NOT NULL) STRICT;

-- How far each partition of the journal is projected, and who owned it there (R3).
CREATE TABLE position (
  partition INTEGER PRIMARY KEY,
  next INTEGER NOT NULL,        -- first offset that is not projected
  last INTEGER, hash INTEGER,   -- offset and hash of the last entry that is
  epoch INTEGER,                -- null: what came before is not known
  nonce INTEGER,
  lsn INTEGER NOT NULL,
  time INTEGER NOT NULL,        -- of the last frame
  confirmed INTEGER NOT NULL    -- emissions up to this sequence are in their topics; -1: none
) STRICT;

-- What is missing, or could not be read.
CREATE TABLE gap (partition INTEGER NOT NULL, offset INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL) STRICT;

CREATE TABLE run (
  id TEXT PRIMARY KEY,
  function TEXT NOT NULL,
  status TEXT NOT NULL,         -- held, queued, running, retrying, parked, quarantined; completed, failed, cancelled, skipped
  event TEXT,                   -- origin of what triggered it; of a batch, the first
  event_name TEXT NOT NULL DEFAULT '', -- of that event; empty where it is not known
  queued_at INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  at INTEGER NOT NULL AS (coalesce(queued_at, started_at, ended_at, 0)), -- its place in lists
  partition INTEGER,            -- its home; before it has started: where it was told of last
  began_offset INTEGER,         -- of the journal's entry that starts it
  gate TEXT, gate_at INTEGER,   -- where it was held, queued or skipped last, and when
  needs TEXT,                   -- JSON: keys of the limits that let it start and execute
  asked_at INTEGER,             -- since then its steps have waited for slots of those
  attempt INTEGER NOT NULL DEFAULT 0, -- how often its code threw outside of its steps and was called again
  retry_at INTEGER,
  parent_run TEXT, parent_step TEXT,
  rerun_of TEXT, operation TEXT,
  reason TEXT,                  -- why it was cancelled, skipped, parked or quarantined
  error_name TEXT, error_message TEXT, error_stack TEXT,
  output TEXT
) STRICT;
CREATE INDEX run_by_kind ON run (function, status, event_name, at, id);
CREATE INDEX run_of_event ON run (event);
CREATE INDEX run_of_parent ON run (parent_run) WHERE parent_run IS NOT NULL;
CREATE INDEX run_of_original ON run (rerun_of) WHERE rerun_of IS NOT NULL;

-- How many runs are of a kind.
CREATE TABLE run_tally (
  function TEXT NOT NULL, status TEXT NOT NULL, event_name TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (function, status, event_name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER run_counted AFTER INSERT ON run BEGIN
  INSERT INTO run_tally VALUES (new.function, new.status, new.event_name, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER run_moved AFTER UPDATE OF status, event_name ON run WHEN new.status <> old.status OR new.event_name <> old.event_name BEGIN
  UPDATE run_tally SET count = count - 1 WHERE function = old.function AND status = old.status AND event_name = old.event_name;
  INSERT INTO run_tally VALUES (new.function, new.status, new.event_name, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

-- Messages by which runs failed, to be searched for any part; its rowid is the run's.
CREATE VIRTUAL TABLE failure_text USING fts5 (message, content = '', tokenize = 'trigram');

-- How functions fare, a row a minute: of the last day only. A bucket of durations ends at durationOf(bucket), see pace.ts.
CREATE TABLE rate (
  function TEXT NOT NULL, minute INTEGER NOT NULL, started INTEGER NOT NULL, completed INTEGER NOT NULL, failed INTEGER NOT NULL,
  PRIMARY KEY (minute, function)
) STRICT, WITHOUT ROWID;
CREATE TABLE duration (
  function TEXT NOT NULL, minute INTEGER NOT NULL, bucket INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (minute, function, bucket)
) STRICT, WITHOUT ROWID;
CREATE TABLE last_failure (function TEXT PRIMARY KEY, run TEXT NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- Further events of a run that has several.
CREATE TABLE batched (run TEXT NOT NULL, ordinal INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (run, ordinal)) STRICT;
CREATE INDEX batched_event ON batched (event);

-- Runs that are not there yet, by what holds their events.
CREATE TABLE held (
  partition INTEGER NOT NULL, key TEXT NOT NULL, run TEXT NOT NULL, due INTEGER NOT NULL, PRIMARY KEY (partition, key)
) STRICT;
CREATE INDEX held_run ON held (run);

CREATE TABLE step (
  run TEXT NOT NULL,
  key TEXT NOT NULL,            -- id#occurrence
  kind TEXT NOT NULL,           -- run, send, sleep, wait, invoke, iterate
  status TEXT NOT NULL,         -- completed, failed, retrying, sleeping, slept, waiting, resolved, expired, invoking, iterating, cancelled
  began_at INTEGER,
  ended_at INTEGER,
  due_at INTEGER,               -- of a retry, a sleep, a deadline
  failures INTEGER NOT NULL DEFAULT 0,
  waits_for TEXT,               -- name of an event
  event TEXT,                   -- origin of the one that came
  child TEXT,
  adopted INTEGER NOT NULL DEFAULT 0, -- taken over from the run that this one repeats
  edited INTEGER NOT NULL DEFAULT 0, -- and people gave it this output
  lsn INTEGER NOT NULL,         -- of the first frame that tells of it
  error_name TEXT, error_message TEXT, error_stack TEXT,
  output TEXT,
  PRIMARY KEY (run, key)
) STRICT;
CREATE INDEX step_of_event ON step (event) WHERE event IS NOT NULL;

-- What the event has to be that a step waits for, as the partition that decides it was told.
CREATE TABLE wait (
  run TEXT NOT NULL, step TEXT NOT NULL,
  path TEXT NOT NULL, value TEXT NOT NULL, -- what of it is compared, and with what; empty: nothing
  condition TEXT,
  PRIMARY KEY (run, step)
) STRICT, WITHOUT ROWID;

-- Attempts that failed: of a step, or of the function's own code (step is empty).
CREATE TABLE attempt (
  run TEXT NOT NULL, step TEXT NOT NULL, attempt INTEGER NOT NULL, began_at INTEGER, failed_at INTEGER NOT NULL, retry_at INTEGER,
  error_name TEXT NOT NULL, error_message TEXT NOT NULL, error_stack TEXT
) STRICT;
CREATE INDEX attempt_of_run ON attempt (run);

CREATE TABLE event (
  origin TEXT PRIMARY KEY,
  id TEXT NOT NULL, name TEXT NOT NULL, time INTEGER NOT NULL, key TEXT,
  topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, appended_at INTEGER NOT NULL,
  corrects TEXT,                -- id of the event in whose place it comes
  data TEXT NOT NULL
) STRICT;
CREATE INDEX event_id ON event (id);
CREATE INDEX event_by_name ON event (name, appended_at, origin);
CREATE INDEX event_by_key ON event (key, name, appended_at, origin) WHERE key IS NOT NULL;
CREATE TABLE event_tally (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TRIGGER event_counted AFTER INSERT ON event BEGIN
  INSERT INTO event_tally VALUES (new.name, 1) ON CONFLICT DO UPDATE SET count = count + 1;
END;

CREATE TABLE emission (
  partition INTEGER NOT NULL, sequence INTEGER NOT NULL,
  run TEXT, step TEXT,          -- null: of none
  target TEXT NOT NULL,         -- events, deadLetter
  event_id TEXT, name TEXT, key TEXT,
  corrects TEXT,                -- id of the event that it corrects
  owed_at INTEGER NOT NULL, confirmed_at INTEGER,
  data TEXT,
  PRIMARY KEY (partition, sequence)
) STRICT;
CREATE INDEX emission_of_run ON emission (run);
CREATE INDEX emission_id ON emission (event_id);

-- Records of sources that no event could be made of, or that could not be decided.
CREATE TABLE rejected (topic TEXT NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) STRICT;

-- Functions that people paused, and what becomes of events meanwhile: keep, skip. Each partition is told.
CREATE TABLE paused (partition INTEGER NOT NULL, function TEXT NOT NULL, events TEXT NOT NULL, PRIMARY KEY (partition, function)) STRICT;

-- The deployment by which a partition decides, and what it says.
CREATE TABLE activated (partition INTEGER PRIMARY KEY, version INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE manifest (version INTEGER PRIMARY KEY, hash TEXT NOT NULL, content TEXT NOT NULL) STRICT;

-- Who claimed a partition last, and the digest of its state that its owner told last.
CREATE TABLE owner (partition INTEGER PRIMARY KEY, worker TEXT NOT NULL, epoch INTEGER NOT NULL, lsn INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE TABLE digest (partition INTEGER PRIMARY KEY, lsn INTEGER NOT NULL, digest TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
`;
