// The face of the library: an app, its functions, its life.
import pino, { type Logger as PinoLogger } from "pino";
import { checkAlerts } from "../config/alerts.ts";
import { checkOptions, logLevel, type SettledOptions } from "../config/options.ts";
import { systemClock } from "../core/clock.ts";
import { ConfigurationError } from "../core/configuration-error.ts";
import type { AnyEvents, EventToSend } from "../execution/event-map.ts";
import type { FunctionContext, Handler, MillraceFunction, RegisteredFunction } from "../execution/function.ts";
import type { Json } from "../execution/json.ts";
import { signalProblem } from "../execution/signal-name.ts";
import type { AlertHook } from "../observability/alert.ts";
import type { Codec } from "../log/encrypted/codec.ts";
import type { EventDeclarations } from "../sources/declared.ts";
import { backfillCommand, tellAll, type BackfillOptions } from "../task/backfill/command.ts";
import { BackfillWatch } from "../task/backfill/watch.ts";
import { appTopics, type AppTopics } from "../task/app-topics.ts";
import { manifestText, type FunctionSpec } from "../workflow/trigger/manifest.ts";
import { SIGNAL_EVENT } from "../workflow/wait/signal-event.ts";
import type { PartitionReport } from "../worker/holdings.ts";
import type { FeedReport } from "../worker/sink/partition-feed.ts";
import type { Worker } from "../worker/worker.ts";
import type { AppParts } from "./app-parts.ts";
import { Backfill } from "./backfill.ts";
import { declareFunction, type FunctionOptions } from "./create-function.ts";
import type { InputOf, InvokedEvent, Trigger, TriggeredBy, TriggerPattern } from "./event-types.ts";
import { AppConnection } from "./app-connection.ts";
import { AppObservability } from "./app-observability.ts";
import type { Internals, MillraceOptions } from "./app-options.ts";
import { AppConsumers, type WorkerWish } from "./app-consumers.ts";
import { AppSchemas } from "./app-schemas.ts";
import { makeWorker } from "./app-worker.ts";
import { AppSubjects, sealedData, withoutSubjects } from "./app-subjects.ts";
import type { EventReader } from "../task/event-reader.ts";
import type { BodyEncoder } from "./outgoing-record.ts";
import { AppSinks, type SinkDeclaration } from "./app-sinks.ts";
import { sourcesOf, withoutMappings } from "./app-sources.ts";
import type { FlowOverride } from "./flow-options.ts";
import { Expectations, type Expectation } from "./expectations.ts";
import { checkShared } from "./flow-conflicts.ts";
import {
  declaredFlow,
  endOverrideCommand,
  overrideCommand,
  pauseCommand,
  resumeCommand,
  tellFunction,
  type FunctionCommand,
  type OverrideTime,
  type PauseOptions,
} from "./function-commands.ts";
import { openRegistry } from "./open-registry.ts";
import type { Consumer } from "./consumer.ts";
import type { ConsumerOptions } from "./consumer-types.ts";
import { declareConsumer, type LooseConsumerOptions } from "./create-consumer.ts";
import { cancelCommand, releaseCommand, tellRun } from "./run-commands.ts";
import type { SendResult } from "./sending/delivery.ts";
import type { CommandTarget } from "../task/tell-partition.ts";
import { silentPino, TestApp, type TestingOptions } from "./testing.ts";

/**
 * An app. `Events` maps names to the data they carry, so that a wrong name or payload does not compile:
 * `new Millrace<{ "user/signed.up": { email: string } }>({ id: "shop" })`.
 */
export class Millrace<Events extends object = AnyEvents, Sent extends object = Events> {
  readonly id: string;
  readonly #options: SettledOptions;
  readonly #logger: PinoLogger;
  readonly #onAlert: AlertHook | undefined;
  readonly #events: EventDeclarations<Events, Sent> | undefined;
  readonly #internals: Internals;
  readonly #codec: Codec | null;
  readonly #topics: AppTopics;
  readonly #schemas: AppSchemas;
  readonly #consumers: AppConsumers;
  readonly #sinks: AppSinks<Events>;
  readonly #subjects: AppSubjects | null;
  readonly #encode: BodyEncoder;
  readonly #reader: EventReader;
  readonly #expectations: Expectations;
  readonly #specs = new Map<string, FunctionSpec>();
  readonly #functions = new Map<string, RegisteredFunction>();
  readonly #observability: AppObservability;
  readonly #abort = new AbortController();
  readonly #connection: AppConnection;
  #worker: Worker | null = null;
  #isStarting = false;
  #isStopped = false;
  #stopping: Promise<void> | null = null;

  /** @throws ConfigurationError `INVALID_OPTIONS` */
  constructor(options: MillraceOptions<Events, Sent>, internals: Internals = {}) {
    const { logger, onAlert: given, alerts, maxLag, events, codec, sources: foreign = [], ...rest } = options;
    const { sources, mappings } = withoutMappings(foreign);
    this.#options = checkOptions({ ...rest, sources });
    this.id = this.#options.id;
    this.#logger = logger ?? pino({ name: this.id, level: logLevel() });
    this.#observability = new AppObservability({
      app: this.id,
      log: this.#options.log.kind,
      logger: this.#logger,
      clock: internals.clock ?? systemClock,
      alerts: { targets: checkAlerts(alerts ?? []), maxLag },
    });
    const onAlert = this.#observability.alertHook(given);
    this.#onAlert = onAlert;
    this.#events = events;
    this.#internals = internals;
    this.#codec = codec ?? null;
    this.#topics = appTopics(this.#options.topicPrefix + this.id);
    this.#consumers = new AppConsumers({
      app: this.id,
      topics: this.#topics,
      settings: this.#options,
      mappings,
      logger: this.#logger,
      signal: this.#abort.signal,
      connect: () => this.#connection.open(),
      makeWorker: (wish) => this.#makeWorker(wish),
    });
    this.#schemas = new AppSchemas({
      declarations: events ?? {},
      mappings,
      topic: this.#topics.events,
      maxEventBytes: this.#options.maxEventBytes,
      openRegistry: async () => {
        const { log } = await this.#connection.open();
        return internals.registry?.() ?? openRegistry({ log, topics: this.#topics, options: this.#options.registry, logger: this.#logger });
      },
      clock: internals.clock ?? systemClock,
      logger: this.#logger,
      signal: this.#abort.signal,
    });
    const { declared, reading } = this.#schemas;
    const subjects = this.#options.erasable ? new AppSubjects({ app: this.id, topic: this.#topics.keys, logger: this.#logger }) : null;
    this.#subjects = subjects;
    this.#encode = subjects?.bodies(declared) ?? withoutSubjects(declared.bodyOf);
    this.#reader = subjects?.reading(reading) ?? reading;
    this.#sinks = new AppSinks<Events>({
      topics: this.#topics,
      settings: this.#options,
      reader: () => subjects?.openReading(reading) ?? reading,
      logger: this.#logger,
    });
    this.#expectations = new Expectations({
      topics: this.#topics,
      clock: internals.clock ?? systemClock,
      now: () => this.#worker?.now() ?? (internals.clock ?? systemClock).wallMs(),
      logger: this.#logger,
      ...(onAlert === undefined ? {} : { onAlert }),
      maxEventBytes: this.#options.maxEventBytes,
      reader: () => this.#reader,
      sealing: subjects,
      isChecker: () => this.status().some(({ partition, status }) => partition === 0 && status === "RUNNING"),
      signal: this.#abort.signal,
    });
    this.#connection = new AppConnection({
      app: this.id,
      options: this.#options,
      topics: this.#topics,
      log: internals.log ?? null,
      codec: this.#codec,
      clock: internals.clock ?? systemClock,
      logger: this.#logger,
      meters: this.#observability.metersOf(),
      tracing: this.#observability.tracing,
      subjects,
      encode: this.#encode,
      signal: this.#abort.signal,
    });
  }

  /**
   * Declares a sink: a database of your own that keeps what it makes of events together with how far it is. Before `start`. See the guide's "Sinks".
   * @throws ConfigurationError `INVALID_CONSUMER`, `DUPLICATE_CONSUMER`, `WRONG_STATE`
   */
  createSink(declaration: SinkDeclaration<Events>): void {
    if (this.#hasBegun) throw new ConfigurationError("WRONG_STATE", `sink "${declaration.id}": declare sinks before app.start()`);
    this.#sinks.add(declaration);
  }

  /**
   * States that a run of a function follows each event that triggers it within a time. Workers check that against the log, and tell with
   * `EXPECTATION_MISSED` where it is not so. Before `start`. See the guide's "Expectations".
   * @throws ConfigurationError `INVALID_EXPECTATION`, `UNKNOWN_FUNCTION`, `INVALID_DURATION`, `WRONG_STATE`
   */
  expect(expectation: Expectation): void {
    if (this.#hasBegun) throw new ConfigurationError("WRONG_STATE", "expect: say what you expect before app.start()");
    this.#expectations.add(expectation, this.#specs);
  }

  /** How far this worker's share of each sink is, by its id. */
  sinks(): ReadonlyMap<string, readonly FeedReport[]> {
    return this.#sinks.report();
  }

  /** What the app is made of, for the commands of this package. Opens nothing. */
  get parts(): AppParts {
    return {
      options: this.#options,
      functions: this.#functions,
      specs: this.#specs,
      consumers: this.#consumers.all.map(({ id }) => id),
      hasBegun: this.#hasBegun,
      ...this.#schemas.parts,
      topics: this.#topics,
      reader: this.#reader,
      sealing: this.#subjects,
      sourcesOf: (log, partitions) => sourcesOf(this.#options.sources, { log, topics: this.#topics, partitions }),
      codec: this.#codec,
      recentLogs: this.#observability.recentLogs,
      meters: this.#observability.metersOf(),
      executing: this.#observability.executing,
      connect: () => this.#connection.open(),
    };
  }

  /**
   * The functions of an app, for tests: on a log in memory, with a clock that stands still until `advance` is called. The app itself is not touched.
   * `const t = await Millrace.testing(app); await t.send({ … }); await t.advance("1 day"); t.run("signup").output`
   */
  static async testing<Events extends object, Sent extends object>(
    app: Millrace<Events, Sent>,
    options: TestingOptions = {},
  ): Promise<TestApp<Events, Sent>> {
    const test = new TestApp<Events, Sent>(options);
    const { openEmbeddedLog } = await import("../log/embedded/embedded-log.ts");
    const { random = () => 0.5 } = options;
    const log = await openEmbeddedLog({ path: ":memory:", now: () => test.clock.wallMs(), settleMs: 0 });
    const copy = new Millrace<Events, Sent>(
      {
        id: app.id,
        partitions: 1,
        maxEventBytes: app.#options.maxEventBytes,
        erasable: app.#options.erasable,
        logger: silentPino,
        ...(app.#events === undefined ? {} : { events: app.#events }),
      },
      { log, clock: test.clock, random, divergenceGraceMs: 5, onFrame: (_, frame) => test.onFrame(frame) },
    );
    for (const [id, spec] of app.#specs) copy.#specs.set(id, spec);
    for (const [id, registered] of app.#functions) copy.#functions.set(id, registered);
    for (const { declared } of app.#consumers.all) copy.#consumers.add(declared);
    await copy.start();
    test.attach(copy, log, copy.#consumers, copy.#subjects);
    return test;
  }

  /**
   * Declares a function. Before `start`. What it returns is a handle by which other functions invoke it.
   * @throws ConfigurationError `INVALID_FUNCTION`, `INVALID_EXPRESSION`, `INVALID_DURATION`, `DUPLICATE_FUNCTION`, `WRONG_STATE`
   */
  createFunction<Data, Output>(
    options: FunctionOptions<Events, readonly [], Sent>,
    handler: (context: FunctionContext<InvokedEvent<Data>, Events, Sent>) => Output,
  ): MillraceFunction<Data, Json<Awaited<Output>>>;
  createFunction<const Triggers extends readonly Trigger<Events>[], Output>(
    options: FunctionOptions<Events, Triggers, Sent>,
    handler: (context: FunctionContext<TriggeredBy<Events, Triggers>, Events, Sent>) => Output,
  ): MillraceFunction<InputOf<Events, Triggers>, Json<Awaited<Output>>>;
  createFunction(options: FunctionOptions<Events, readonly Trigger<Events>[], Sent>, handler: unknown): MillraceFunction {
    if (this.#hasBegun) throw new ConfigurationError("WRONG_STATE", `function "${options.id}": declare functions before app.start()`);
    if (this.#specs.has(options.id))
      throw new ConfigurationError("DUPLICATE_FUNCTION", `there are two functions with the id "${options.id}"`);
    const { onFailure, onCancel, ...rest } = options;
    // The engine hands every handler the events that its triggers name: what the types say is so by construction.
    const endings = {
      ...(onFailure === undefined ? {} : { onFailure: onFailure as Handler }),
      ...(onCancel === undefined ? {} : { onCancel: onCancel as Handler }),
    };
    const declared = declareFunction({ ...rest, ...endings }, handler as Handler, (event) => this.#schemas.declared.avroOf(event));
    checkShared(declared.spec, [...this.#specs.values()]);
    this.#specs.set(declared.spec.id, declared.spec);
    for (const registered of declared.functions) this.#functions.set(registered.id, registered);
    return { id: options.id, app: this.id };
  }

  /**
   * Declares a consumer: a service that makes state of events, or does something for each, or both. Before `start`. See the guide's "Consumers".
   * @throws ConfigurationError `INVALID_CONSUMER`, `INVALID_EXPRESSION`, `INVALID_DURATION`, `DUPLICATE_CONSUMER`, `WRONG_STATE`
   */
  createConsumer<const Patterns extends readonly TriggerPattern<Events>[] = readonly ["*"], State extends object = Record<never, never>>(
    options: ConsumerOptions<Events, Patterns, State>,
  ): Consumer<State> {
    if (this.#hasBegun) throw new ConfigurationError("WRONG_STATE", `consumer "${options.id}": declare consumers before app.start()`);
    // The engine hands its code the events that its patterns name, and the state that its reducers made: what the types say is so by construction.
    return this.#consumers.add(declareConsumer(options as unknown as LooseConsumerOptions)) as unknown as Consumer<State>;
  }

  /**
   * Joins the app's workers. Resolves when every partition decides by these functions: an event sent from then on, from anywhere, finds them.
   * @throws ConfigurationError `WRONG_STATE`; LogError; TopicError; WorkerError `ACTIVATION_TIMEOUT` (the worker then goes on)
   */
  async start(): Promise<void> {
    if (this.#stopping !== null) throw stopped();
    if (this.#hasBegun) throw new ConfigurationError("WRONG_STATE", "app.start() was called before");
    if (this.#specs.size === 0 && this.#consumers.all.length === 0 && this.#sinks.ids.length === 0)
      throw new ConfigurationError(
        "WRONG_STATE",
        "app.start() without a function or a consumer: declare one with app.createFunction or app.createConsumer. An app that only sends needs no start",
      );
    this.#sinks.checkGroups(this.#consumers.groups);
    this.#isStarting = true;
    try {
      const { log, partitions } = await this.#connection.open();
      const sources = await sourcesOf(this.#options.sources, { log, topics: this.#topics, partitions });
      await this.#schemas.declared.register();
      if (this.#stopping !== null) throw stopped();
      if (this.#specs.size > 0) {
        const content = manifestText({ functions: [...this.#specs.values()], sources });
        this.#worker = this.#makeWorker({ log, partitions, topics: this.#topics, content });
      }
      await Promise.all([this.#worker?.start(), this.#consumers.start(), this.#sinks.start(log)]);
      this.#expectations.begin(log, partitions, sources);
      this.#logger.info(
        {
          app: this.id,
          log: log.description,
          functions: [...this.#specs.keys()],
          consumers: this.#consumers.all.map(({ id }) => id),
          partitions,
        },
        "app started",
      );
    } finally {
      this.#isStarting = false;
    }
  }

  get #hasBegun(): boolean {
    return this.#isStarting || this.#worker !== null || this.#consumers.haveBegun || this.#sinks.haveBegun;
  }

  #makeWorker(wish: WorkerWish): Worker {
    return makeWorker(
      {
        app: this.id,
        options: this.#options,
        internals: this.#internals,
        logger: this.#logger,
        onAlert: this.#onAlert,
        subjects: this.#subjects,
        encode: this.#encode,
        reader: this.#reader,
        functions: this.#functions,
        schemas: this.#schemas,
        observability: this.#observability,
      },
      wish,
    );
  }

  /**
   * Sends one event or many. Resolves when the log has them, with their ids and where they stand. Waits while too much waits to be sent.
   * Needs no `start`. @throws ConfigurationError; DeliveryError, which says of each event what became of it
   */
  async send(events: EventToSend<Sent> | readonly EventToSend<Sent>[]): Promise<SendResult> {
    if (this.#isStopped) throw stopped();
    const { producer } = this.#connection.now ?? (await this.#connection.inTime());
    return producer.send(Array.isArray(events) ? events : [events]);
  }

  /**
   * Gives `data` to the one run that waits for this signal, now or within ten minutes. Resolves when the log has it. Needs no `start`.
   * With an `id`, it counts once within 24 hours; with a `subject`, its data is sealed for it, as that of events is. @throws ConfigurationError, LogError
   */
  async signal(
    name: string,
    data: unknown = null,
    { subject, ...options }: { readonly id?: string; readonly subject?: string } = {},
  ): Promise<{ readonly ids: readonly string[] }> {
    const problem = signalProblem(name);
    if (problem !== null) throw new ConfigurationError("INVALID_EVENT", problem);
    if (this.#isStopped) throw stopped();
    const { producer } = await this.#connection.inTime();
    const given = subject === undefined ? data : await sealedData(this.#subjects, subject, data);
    const { ids } = await producer.sendOwn({ name: SIGNAL_EVENT, key: name, data: given, ...options });
    return { ids };
  }

  /**
   * Cancels a run, between steps: what executes is aborted by its `signal`, children are cancelled with it, and `onCancel` runs. Resolves when
   * the log has it; a run that is over is left as it is. Needs no `start`. @throws ConfigurationError `INVALID_RUN_ID`, LogError
   */
  async cancel(runId: string, options: { readonly reason?: string } = {}): Promise<void> {
    const command = cancelCommand(runId, options.reason);
    await tellRun(await this.#commandTarget(), command);
  }

  /** Lets a parked or quarantined run go on. Resolves when the log has it. Needs no `start`. @throws ConfigurationError `INVALID_RUN_ID`, LogError */
  async release(runId: string): Promise<void> {
    const command = releaseCommand(runId);
    await tellRun(await this.#commandTarget(), command);
  }

  /**
   * Keeps a function from starting runs until it is resumed, through restarts; runs that are under way go on. Events that trigger it meanwhile
   * wait (`keep`, the default), or start nothing (`skip`). Resolves when the log has it for every partition; should it fail, call it again.
   * Needs no `start`. An app that declares no functions may name any. @throws ConfigurationError `UNKNOWN_FUNCTION`, `INVALID_FUNCTION`, LogError
   */
  async pause(functionId: string, options: PauseOptions = {}): Promise<void> {
    declaredFlow(this.#specs, functionId);
    await this.#tellFunction(pauseCommand(functionId, options));
  }

  /** Ends a pause: what waited starts, in its order. Needs no `start`. @throws ConfigurationError `UNKNOWN_FUNCTION`, LogError */
  async resume(functionId: string): Promise<void> {
    declaredFlow(this.#specs, functionId);
    await this.#tellFunction(resumeCommand(functionId));
  }

  /**
   * Changes limits of a function for a time of 1 second to 7 days, as in an incident; then, or with `null` at once, they are as declared again.
   * It counts for runs that wait already, and in the place of any override before it. Needs no `start`.
   * @throws ConfigurationError `UNKNOWN_FUNCTION`, `INVALID_FUNCTION`, `INVALID_DURATION`, LogError
   */
  async override(functionId: string, limits: FlowOverride, time: OverrideTime): Promise<void>;
  async override(functionId: string, limits: null): Promise<void>;
  async override(functionId: string, limits: FlowOverride | null, time?: OverrideTime): Promise<void> {
    const flow = declaredFlow(this.#specs, functionId);
    const now = (this.#internals.clock ?? systemClock).wallMs();
    const command = limits === null ? endOverrideCommand(functionId) : overrideCommand(functionId, limits, time, flow, now);
    await this.#tellFunction(command);
  }

  /**
   * Gives a function the events from before it was deployed, each once, up to where it gets them anyway. Live events go first. Resolves when the
   * log has it for every partition; should it fail, call it again with the same `id`. Needs no `start`. See the guide's "Backfill".
   * @throws ConfigurationError `UNKNOWN_FUNCTION`, `INVALID_BACKFILL`, LogError
   */
  async backfill(functionId: string, options: BackfillOptions = {}): Promise<Backfill> {
    const command = backfillCommand(functionId, options, this.#specs);
    await tellAll(await this.#commandTarget(), command);
    const watch = async (): Promise<BackfillWatch> => {
      const { log, partitions } = await this.#connection.inTime();
      return new BackfillWatch({ log, topics: this.#topics, partitions, signal: this.#abort.signal });
    };
    return new Backfill({ id: command.id, target: () => this.#commandTarget(), watch });
  }

  async #tellFunction(command: FunctionCommand): Promise<void> {
    await tellFunction(await this.#commandTarget(), command);
  }

  async #commandTarget(): Promise<CommandTarget> {
    if (this.#isStopped) throw stopped();
    const { log, partitions } = await this.#connection.inTime();
    const late = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(this.#options.send.timeoutMs)]);
    return { log, inbox: this.#topics.inbox, partitions, signal: late };
  }

  /**
   * Erases the data of a subject: of what was sent for it, and of what runs made of that, nothing can be read any more, by anybody, from when the
   * log has this. Runs of it that are open fail. Resolves with how many keys were erased: 0 where nothing was ever sent for it. Needs no `start`.
   * @throws ConfigurationError `WRONG_STATE`, LogError
   */
  async erase(subject: string): Promise<{ readonly keys: number }> {
    if (this.#isStopped) throw stopped();
    if (this.#subjects === null) throw new ConfigurationError("WRONG_STATE", "erase: the app seals nothing. `erasable: true` has it do so");
    await this.#connection.inTime();
    return { keys: await this.#subjects.erase(subject) };
  }

  /** Hands partitions over to other workers, lets running steps finish (`stopGraceMs`; they may still `send`), and closes. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    await this.#stopping;
  }

  /** What this worker owns, and how it fares. */
  status(): readonly PartitionReport[] {
    return this.#worker?.report() ?? [];
  }

  /** What is measured, in Prometheus' text format. See the guide's "Observability". */
  async metrics(): Promise<string> {
    return this.#observability.text(this.sinks());
  }

  /** Digest of the state of every partition that this worker owns: equal to that of a rebuild from the log (`millrace verify`). */
  async digests(): Promise<ReadonlyMap<number, { readonly lsn: number; readonly digest: string }>> {
    return (await this.#worker?.digests()) ?? new Map();
  }

  async #stop(): Promise<void> {
    this.#expectations.stop();
    await Promise.all([this.#worker?.stop(), this.#consumers.stop()]);
    await this.#sinks.stop();
    await this.#observability.close();
    this.#isStopped = true;
    this.#abort.abort();
    await this.#schemas.close();
    await this.#subjects?.close();
    await this.#connection.close();
  }
}

function stopped(): ConfigurationError {
  return new ConfigurationError("WRONG_STATE", "the app was stopped. Make a new Millrace to start again");
}
