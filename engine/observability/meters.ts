// PORT Meters: all that the engine measures, one set for an app's functions and one for each of its consumers. The guide's table is held to this list.
import { CounterFamily, GaugeFamily, HistogramFamily, type AnyFamily, type Counter, type Histogram } from "./instruments.ts";

/** Seconds: from what a local log takes to what somebody is woken up for. */
const LATENCIES = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const STEP_TIMES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const RUN_TIMES = [0.01, 0.1, 1, 10, 60, 600, 3_600, 6 * 3_600, 86_400, 7 * 86_400, 30 * 86_400];
const RESTORE_TIMES = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const COUNTS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500];
const SIZES = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304];

export class Meters {
  // Counted where it happens.
  readonly eventsRead = new CounterFamily({
    name: "millrace_events_read_total",
    help: "Records of source topics that were decided about.",
    labels: ["topic"],
  });
  readonly eventsSent = new CounterFamily({
    name: "millrace_events_sent_total",
    help: "Events that app.send brought into the log.",
  });
  readonly sendFailures = new CounterFamily({
    name: "millrace_send_failures_total",
    help: "Appends of events by app.send that the log refused, or that were given up.",
  });
  readonly runsStarted = new CounterFamily({
    name: "millrace_runs_started_total",
    help: "Runs that began.",
    labels: ["function"],
  });
  readonly runsEnded = new CounterFamily({
    name: "millrace_runs_ended_total",
    help: "Runs that ended; status is completed, failed or cancelled.",
    labels: ["function", "status"],
  });
  readonly runSeconds = new HistogramFamily({
    name: "millrace_run_seconds",
    help: "From a run's beginning to its end, waits included.",
    labels: ["function"],
    bounds: RUN_TIMES,
  });
  readonly runsQuarantined = new CounterFamily({
    name: "millrace_runs_quarantined_total",
    help: "Poison pills: runs that ended their process again and again, and are not called any more.",
    labels: ["function"],
  });
  readonly runsParked = new CounterFamily({
    name: "millrace_runs_parked_total",
    help: "Runs whose code disagreed with their record.",
    labels: ["function"],
  });
  readonly stepSeconds = new HistogramFamily({
    name: "millrace_step_seconds",
    help: "Attempts of steps, while their code ran; outcome is completed, failed or aborted.",
    labels: ["function", "outcome"],
    bounds: STEP_TIMES,
  });
  readonly stepsFailed = new CounterFamily({
    name: "millrace_steps_failed_total",
    help: "Steps that failed with no attempt left.",
    labels: ["function"],
  });
  readonly records = new CounterFamily({
    name: "millrace_records_total",
    help: "Decisions that are acknowledged by the log, by their type.",
    labels: ["type"],
  });
  readonly deadLetters = new CounterFamily({
    name: "millrace_dead_letters_total",
    help: "Inputs that were set aside, by the code that says why.",
    labels: ["code"],
  });
  readonly appendSeconds = new HistogramFamily({
    name: "millrace_append_seconds",
    help: "From handing a batch to the log to its acknowledgement; to is journal, or events for app.send.",
    labels: ["to"],
    bounds: LATENCIES,
  });
  readonly batchRecords = new HistogramFamily({
    name: "millrace_batch_records",
    help: "Decisions of one frame of the journal, or events of one append of app.send.",
    labels: ["to"],
    bounds: COUNTS,
  });
  readonly batchBytes = new HistogramFamily({
    name: "millrace_batch_bytes",
    help: "Bytes of one frame of the journal.",
    labels: ["to"],
    bounds: SIZES,
  });
  readonly timerLateness = new HistogramFamily({
    name: "millrace_timer_lateness_seconds",
    help: "How long after its time a timer was taken: wake-ups, retries, deadlines, crons.",
    bounds: LATENCIES,
  });
  readonly restoreSeconds = new HistogramFamily({
    name: "millrace_restore_seconds",
    help: "Building a partition's state before it is claimed; from is image, journal or standby.",
    labels: ["from"],
    bounds: RESTORE_TIMES,
  });
  readonly restoredRecords = new CounterFamily({
    name: "millrace_restored_records_total",
    help: "Decisions that were folded to build states of partitions.",
  });
  readonly imageBytes = new CounterFamily({
    name: "millrace_image_bytes_total",
    help: "Bytes written to images of partitions' states.",
  });
  readonly partitionsLost = new CounterFamily({
    name: "millrace_partitions_lost_total",
    help: "Partitions that ended here otherwise than by a hand-over; reason is fenced or stopped.",
    labels: ["reason"],
  });
  readonly alertsSent = new CounterFamily({
    name: "millrace_alerts_total",
    help: "Messages to webhooks; outcome is sent, retried, failed or dropped.",
    labels: ["outcome"],
  });

  // Looked up when somebody asks.
  readonly partitions = new GaugeFamily({
    name: "millrace_partitions",
    help: "Partitions that are assigned to this worker, by the state of their task.",
    labels: ["status"],
  });
  readonly partitionProblems = new GaugeFamily({
    name: "millrace_partition_problems",
    help: "Problems that app.status() names of a partition.",
    labels: ["partition"],
  });
  readonly openRuns = new GaugeFamily({
    name: "millrace_runs_open",
    help: "Runs that are not over, of the partitions that this worker owns.",
    labels: ["partition"],
  });
  readonly activeRuns = new GaugeFamily({
    name: "millrace_runs_active",
    help: "Runs in memory that do something, or whose code is about to be called.",
    labels: ["partition"],
  });
  readonly queuedRuns = new GaugeFamily({
    name: "millrace_runs_queued",
    help: "Runs that wait in lines before they begin.",
    labels: ["partition"],
  });
  readonly heldEvents = new GaugeFamily({
    name: "millrace_events_held",
    help: "Events that batchEvents, debounce and singleton hold.",
    labels: ["partition"],
  });
  readonly executingSteps = new GaugeFamily({
    name: "millrace_steps_executing",
    help: "Steps whose code runs now.",
    labels: ["partition"],
  });
  readonly sourceLag = new GaugeFamily({
    name: "millrace_source_lag_records",
    help: "Records of a source partition that are not decided about yet.",
    labels: ["topic", "source_partition"],
  });
  readonly readingStopped = new GaugeFamily({
    name: "millrace_reading_stopped",
    help: "1 where a partition reads no further events for now, since it has enough to do.",
    labels: ["partition"],
  });
  readonly standbys = new GaugeFamily({
    name: "millrace_standby_partitions",
    help: "Partitions of others that this worker folds ahead of time; state is reading or ready.",
    labels: ["state"],
  });
  readonly sinkPartitions = new GaugeFamily({
    name: "millrace_sink_partitions",
    help: "Partitions that this worker feeds to its sinks; state is opening, reading, retrying or stopped.",
    labels: ["sink", "state"],
  });
  readonly sinkLag = new GaugeFamily({
    name: "millrace_sink_lag_records",
    help: "Records of a partition that its sink does not have yet, when that was last seen.",
    labels: ["sink", "topic", "source_partition"],
  });

  families(): readonly AnyFamily[] {
    return Object.values(this).filter((one) => isFamily(one));
  }

  /** What is measured of one function, to be kept by whoever measures often. */
  function(id: string): FunctionMeter {
    const known = this.#functions.get(id);
    if (known !== undefined) return known;
    const made = {
      completed: this.stepSeconds.of(id, "completed"),
      failed: this.stepSeconds.of(id, "failed"),
      aborted: this.stepSeconds.of(id, "aborted"),
      started: this.runsStarted.of(id),
    };
    this.#functions.set(id, made);
    return made;
  }

  readonly #functions = new Map<string, FunctionMeter>();
}

export interface FunctionMeter {
  /** Attempts of its steps, in seconds. */
  readonly completed: Histogram;
  readonly failed: Histogram;
  readonly aborted: Histogram;
  readonly started: Counter;
}

function isFamily(value: unknown): value is AnyFamily {
  return value instanceof CounterFamily || value instanceof GaugeFamily || value instanceof HistogramFamily;
}
