// The demo's proof is worth something only if it fails where it should.
import { expect, test } from "vitest";
import type { Evidence } from "../../examples/drip-campaign/demo/evidence.ts";
import type { Guest, GuestEvent } from "../../examples/drip-campaign/demo/guests.ts";
import { prove } from "../../examples/drip-campaign/demo/proof.ts";
import type { Story } from "../../examples/drip-campaign/demo/story.ts";

type Request = Evidence["requests"][number];

const DEADLINE = 5_000;

const booking = (userId: string): GuestEvent => ({ name: "booking/created", id: `booking-${userId}`, data: { userId, bookingId: "b" } });
const deletion = (userId: string): GuestEvent => ({ name: "user/deleted", id: `deletion-${userId}`, data: { userId } });

function guest(userId: string, next: GuestEvent | null): Guest {
  const email = `${userId}@example.com`;
  const signUp: GuestEvent = { name: "user/signed.up", id: `sign-up-${userId}`, data: { userId, email, name: userId, plan: "team" } };
  return { userId, email, plan: "team", signUp, next: next === null ? null : { event: next, afterMs: 0 } };
}

function story(run: string, event: string, change: Partial<Story> = {}): Story {
  const [functionId = ""] = run.split("-");
  return {
    run,
    functionId,
    event: { id: event, name: "", data: {} },
    parent: null,
    waits: new Map(),
    finished: [],
    end: { how: "completed", at: 9_000 },
    ...change,
  };
}

const waited = (event: string | null): Partial<Story> => ({
  waits: new Map([["first booking#0", { startedAt: 1_000, deadline: DEADLINE, answer: { at: 6_000, event } }]]),
});

function request(service: string, body: Request["body"], change: Partial<Request> = {}): Request {
  return { service, key: `${service} ${JSON.stringify(body)}`, caller: "a", at: 2_000, body, effect: true, ...change };
}

const mail = (userId: string, template: string, change: Partial<Request> = {}): Request =>
  request("emails", { to: `${userId}@example.com`, template, ...(template === "reminder" ? { discount } : {}) }, change);
const discount = { percent: 20, code: "code-1" };

/** Ada books in time, Ken too late, Hedy deletes her account. */
const guests = [guest("ada", booking("ada")), guest("ken", booking("ken")), guest("hedy", deletion("hedy"))];
const tick = (seconds: number): string => new Date(seconds * 1_000).toISOString();

const stories = [
  story("drip-ada", "sign-up-ada", { ...waited("booking-ada"), finished: ["step"] }),
  story("drip-ken", "sign-up-ken", waited(null)),
  story("drip-hedy", "sign-up-hedy", { end: { how: "cancelled", at: 3_000 } }),
  ...["ada", "ken", "hedy"].map((userId) => story(`crm-${userId}`, `sign-up-${userId}`)),
  story("offer-ken", "", { parent: "drip-ken", event: { id: "", name: "", data: { plan: "team" } } }),
  ...[2, 4].map((seconds) => story(`report-${seconds}`, "", { event: { id: "", name: "", data: { tick: tick(seconds) } } })),
];

const requests = [
  mail("ada", "welcome", { key: "step", at: 100 }),
  mail("ada", "thanks"),
  mail("ken", "welcome"),
  mail("ken", "reminder"),
  mail("hedy", "welcome"),
  request("notes", { userId: "hedy" }),
  request("closed-contacts", { userId: "ada", status: "thanked" }),
  request("closed-contacts", { userId: "ken", status: "reminded" }),
  request("closed-contacts", { userId: "hedy", status: "deleted" }),
  request("reports", { tick: tick(2) }),
  request("reports", { tick: tick(4) }),
];

const arrivals = { "booking-ada": 4_999, "booking-ken": 5_001, "deletion-hedy": 2_500 };

interface Changes {
  readonly arrivals?: Partial<typeof arrivals>;
  readonly stories?: readonly Story[];
  readonly requests?: readonly Request[];
  readonly without?: (request: Request) => boolean;
}

function faults(change: Changes = {}): readonly string[] {
  const told = new Map([...stories, ...(change.stories ?? [])].map((one) => [one.run, one]));
  const findings = prove({
    guests,
    arrivals: new Map(Object.entries({ ...arrivals, ...change.arrivals })),
    stories: told,
    requests: [...requests.filter((one) => change.without?.(one) !== true), ...(change.requests ?? [])],
    ledger: { finishedAt: new Map([["step", 200]]) },
    deaths: new Map(),
    outage: { from: 0, to: 0 },
    sentHomeAt: 6_500,
  });
  return findings.flatMap(({ holds, text }) => (holds === false ? [text] : []));
}

test("holds where one books in time, one too late, and one deletes the account", () => {
  expect(faults()).toEqual([]);
});

test("fails when somebody is thanked whose booking the log took behind the deadline", () => {
  expect(faults({ arrivals: { "booking-ada": DEADLINE + 1 } })).toContainEqual(expect.stringMatching(/^ada should be reminded/));
});

test("fails when somebody is reminded whose booking the log took at the deadline, or before", () => {
  expect(faults({ arrivals: { "booking-ken": DEADLINE } })).toContainEqual(expect.stringMatching(/^ken should be thanked/));
});

test.each(["ada welcome", "ada thanks", "ken welcome", "ken reminder"])("fails when the mail %s is missing, or went out twice", (which) => {
  const [userId = "", template = ""] = which.split(" ");
  const isIt = ({ body }: Request): boolean => body["to"] === `${userId}@example.com` && body["template"] === template;
  expect(faults({ without: isIt })).toContainEqual(expect.stringMatching(`^${userId} should be`));
  expect(faults({ requests: [mail(userId, template)] })).toContainEqual(expect.stringMatching(`^${userId} should be`));
});

test("fails when somebody who deleted the account in time gets a reminder, or when no note of it is filed", () => {
  expect(faults({ requests: [mail("hedy", "reminder")] })).toContainEqual(expect.stringMatching(/^hedy should be cancelled/));
  expect(faults({ without: ({ service }) => service === "notes" })).toContainEqual(expect.stringMatching(/^hedy should be cancelled/));
});

test("holds either way when the account was deleted behind the deadline, but not with half of each", () => {
  const behind = { arrivals: { "deletion-hedy": DEADLINE + 1 } };
  const over = story("drip-hedy", "sign-up-hedy", waited(null));
  const cancelled = { ...over, end: { how: "cancelled", at: 5_500 } } as const;
  const child = story("offer-hedy", "", { parent: "drip-hedy" });
  const reminder = request("emails", { to: "hedy@example.com", template: "reminder", discount: { percent: 20, code: "code-2" } });
  const unnoted = ({ service }: Request): boolean => service === "notes";
  expect(faults({ ...behind, stories: [cancelled] })).toEqual([]);
  expect(faults({ ...behind, stories: [over, child], requests: [reminder], without: unnoted })).toEqual([]);
  expect(faults({ ...behind, stories: [over, child], requests: [reminder] })).toContainEqual(
    expect.stringMatching(/^hedy should be reminded or cancelled/),
  );
});

test("fails when a run is missing, doubled, open, or failed that should not have", () => {
  expect(faults({ stories: [story("drip-ada2", "sign-up-ada")] })).toContain("ada has not one of each");
  expect(faults({ stories: [story("drip-eve", "sign-up-eve")] })).toContain("1 runs too many");
  expect(faults({ stories: [story("crm-ada", "sign-up-ada", { end: null })] })).toContain("crm crm-ada has not ended");
  expect(faults({ stories: [story("crm-ada", "sign-up-ada", { end: { how: "failed", at: 1 } })] })).toContain("crm crm-ada failed");
});

test("fails when a reminder has another discount than its child chose, or one that somebody else has", () => {
  const isReminder = ({ body }: Request): boolean => body["template"] === "reminder";
  const wrong = request("emails", { to: "ken@example.com", template: "reminder", discount: { percent: 10, code: "code-1" } });
  expect(faults({ without: isReminder, requests: [wrong] })).toContainEqual(expect.stringMatching(/^ken, team: got/));
  expect(faults({ requests: [mail("ken", "reminder")] })).toContain("1 codes were given twice");
});

test("fails when a contact is closed otherwise than the campaign ended, twice, or not at all", () => {
  const isAdas = ({ service, body }: Request): boolean => service === "closed-contacts" && body["userId"] === "ada";
  const closed = request("closed-contacts", { userId: "ada", status: "reminded" });
  for (const change of [{ without: isAdas }, { requests: [closed] }, { without: isAdas, requests: [closed] }]) {
    expect(faults(change)).toContainEqual(expect.stringMatching(/^ada should be thanked, and the contact/));
  }
});

test("fails when a tick is missing, has two runs, or no report; what began when the workers left may be under way", () => {
  const report = (seconds: number, change: Partial<Story> = {}): Story =>
    story(`report-${seconds}${change.run ?? ""}`, "", { event: { id: "", name: "", data: { tick: tick(seconds) } }, ...change });
  const filed = (seconds: number): Request => request("reports", { tick: tick(seconds) });
  expect(faults({ stories: [report(8)], requests: [filed(8)] })).toContainEqual(expect.stringContaining(`the tick before is ${tick(4)}`));
  expect(faults({ stories: [report(4, { run: "report-again" })] })).toContainEqual(expect.stringContaining("2 runs"));
  expect(faults({ requests: [filed(2)] })).toContainEqual(expect.stringContaining("2 reports"));
  expect(faults({ stories: [report(2, { end: null })] })).toHaveLength(2);
  expect(faults({ stories: [report(4, { end: null })] })).toHaveLength(2);
  expect(faults({ stories: [report(6, { end: null })] })).toEqual([]);
  expect(faults({ stories: [report(6, { end: null }), report(8, { end: null })] })).toEqual([]);
  expect(faults({ stories: [report(6)] })).toHaveLength(2);
});

test("fails when a finished step ran again, or is not in the journal", () => {
  expect(faults({ requests: [mail("ada", "welcome", { key: "step", at: 300, effect: false })] })).toContain("step ran again, on a");
  const forgotten = stories.map((one) => ({ ...one, finished: [] }));
  expect(faults({ stories: forgotten })).toContainEqual(expect.stringContaining("1 are missing from the journal"));
});
