// The server of an app: its API and its dashboard, put together, on a port.
//
//   request ──▶ may this page ask? ──▶ who is it? ──▶ how often? ──▶ may they? ──▶ is it well-formed? ──▶ a resource
import { systemClock, type Clock } from "../engine/core/clock.ts";
import { must } from "../engine/core/errors.ts";
import type { Logger } from "../engine/observability/logger.ts";
import { ServerAlerts, type ServerAlertsOptions } from "./alerts/server-alerts.ts";
import { AuditLog } from "./audit/audit-log.ts";
import { AnswerLog } from "./http/answer-log.ts";
import { authenticated, type Access } from "./http/access.ts";
import { newApi, type Api } from "./http/api.ts";
import { Bodies } from "./http/bodies.ts";
import { Dashboard } from "./http/dashboard.ts";
import { describeApi, type Description } from "./http/description.ts";
import { mountHealth } from "./http/health.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "./http/limits.ts";
import { listen, type Listening } from "./http/listen.ts";
import { mountMetrics, type Metrics } from "./http/metrics.ts";
import { nothingHere } from "./http/nothing-here.ts";
import { opened } from "./http/opened.ts";
import { onlyThisMachine, origins } from "./http/origins.ts";
import { answerProblem } from "./http/problem.ts";
import { RateLimit } from "./http/rate-limit.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { unreadBody } from "./http/unread-body.ts";
import { Hub } from "./live-hub.ts";
import { LiveStreams } from "./live-streams.ts";
import { RunningOperations } from "./operations.ts";
import { readiness } from "./readiness.ts";
import { mountResources } from "./resources.ts";
import { appResource } from "./resources/app.ts";
import { auditResource } from "./resources/audit.ts";
import { liveResource } from "./resources/live.ts";
import { operationsResource } from "./resources/operations.ts";
import { sendResource } from "./resources/send.ts";
import type { HistoryProgress, LiveHub, Operations, ServedApp } from "./served-app.ts";

export interface ServerOptions {
  readonly mode: "dev" | "start";
  /** `open`: nobody logs in, and only this machine may ask. */
  readonly access: Access;
  /** Of the package. */
  readonly version: string;
  readonly logger: Logger;
  /** What tells of changes; that which the history tells. Default: one of its own. */
  readonly live?: LiveHub;
  /** Of `served.history`; absent: it is complete as it is. */
  readonly history?: HistoryProgress;
  /** Whether the app has started: it is not ready before. Default: it has. */
  readonly isStarted?: () => boolean;
  /** Absent: there are none. */
  readonly metrics?: Metrics;
  /** Where the dashboard was built to; absent: there is none. */
  readonly dashboard?: string;
  /** Origins of pages of other servers that may ask, such as `https://ops.example.com`. */
  readonly cors?: readonly string[];
  /** Where log lines of a run are found elsewhere: an address with `{run}` in it. */
  readonly logLink?: string;
  readonly limits?: Partial<ServerLimits>;
  /** Who hears of what this server sees by itself; absent: nobody. */
  readonly alerts?: Pick<ServerAlertsOptions, "to" | "badEnds" | "meters">;
  readonly clock?: Clock;
}

export interface Server {
  readonly live: LiveHub;
  readonly operations: Operations;
  /** As a browser's `fetch`, without a port. */
  fetch(request: Request): Promise<Response>;
  /** Resolves when it listens; port 0 is any that is free. @throws what Node says, e.g. EADDRINUSE */
  listen(at: { readonly port: number; readonly host: string }): Promise<{ readonly port: number; readonly url: string }>;
  /** Stops operations, ends streams, lets requests end. What it serves is the caller's to close, after that. Idempotent. */
  close(): Promise<void>;
}

const API = "/api/v1";
/** What a token is needed for. */
const ASKED = [`${API}/*`, "/metrics"];

export function createServer(served: ServedApp, options: ServerOptions): Server {
  const { mode, version, logger, live = new Hub(), clock = systemClock, history = null, logLink = null } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const operations = new RunningOperations({ live, clock, logger });
  const ending = new AbortController();
  const tools = { audit: new AuditLog(served.log, served.topics), operations, live, progress: history, ending: ending.signal };
  const streams = new LiveStreams({ live, limits, clock });
  const alerts = options.alerts === undefined ? null : new ServerAlerts({ served, ...options.alerts, progress: history, clock, logger });

  const api = newApi();
  appResource(api, served, { mode, version, logLink, history });
  sendResource(api, served, { limits, clock, logger, ending: ending.signal });
  liveResource(api, streams);
  auditResource(api, served);
  operationsResource(api, served, tools);
  mountResources(api, served, tools);

  let document: Description | null = null;
  const log = new AnswerLog({ logger, clock });
  const app = withDoors(options, { limits, clock, log, document: () => must(document, "the API's description") });
  app.use(`${API}/*`, opened(served.sealing ?? null));
  app.route(API, api);
  mountHealth(app, () => readiness(served, { history, isStarted: options.isStarted?.() ?? true }));
  mountMetrics(app, options.metrics ?? null);
  const described = describeApi(app, version);
  document = described;
  const dashboard = options.dashboard === undefined ? null : new Dashboard(options.dashboard);
  app.notFound((c) => nothingHere(c, { document: described, dashboard, log }));

  let listening: Listening | null = null;
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    // Streams would never end, and operations and what is waited for would hold up whoever waits for them.
    ending.abort();
    streams.close();
    await Promise.all([operations.close(), listening?.close(), alerts?.close()]);
  };
  return {
    live,
    operations,
    fetch: async (request) => app.fetch(request),
    async listen(at) {
      listening = await listen(app.fetch, { ...at, limits });
      return { port: listening.port, url: listening.url };
    },
    close: () => (closing ??= close()),
  };
}

interface Doors {
  readonly limits: ServerLimits;
  readonly clock: Clock;
  readonly log: AnswerLog;
  /** OpenAPI. */
  readonly document: () => Description;
}

/** What a request passes on its way to any resource. */
function withDoors({ access, cors = [] }: ServerOptions, { limits, clock, log, document }: Doors): Api {
  const bodies = new Bodies(limits, clock);
  const patience = { answerMs: limits.answerMs, clock };
  const login = authenticated(access, new RateLimit(limits.requestsPerSecond, clock));
  const app = newApi();
  app.onError((error, c) => answerProblem(c, error, log));
  app.use(unreadBody({ limits, clock }));
  app.use(securityHeaders());
  if (access.kind === "open") app.use(onlyThisMachine());
  for (const path of ASKED) app.use(path, origins(cors, { isOpen: access.kind === "open" }));
  // Before the login: what the API looks like is no secret, it stands in the guide.
  app.get(`${API}/openapi.json`, (c) => c.json(document()));
  for (const path of ASKED) app.use(path, login);
  app.use(`${API}/*`, async (c, next) => {
    c.set("bodies", bodies);
    c.set("patience", patience);
    await next();
  });
  return app;
}
