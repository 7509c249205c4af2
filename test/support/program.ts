// Small random programs of steps, sleeps, waits, children, failures, loops, branches and races, and a handler that runs them.
import fc from "fast-check";
import type { FunctionContext, Handler } from "../../engine/execution/function.ts";
import type { StepTools } from "../../engine/execution/step-tools.ts";
import { turns } from "./fake-clock.ts";

export type Program =
  | { readonly kind: "step"; readonly id: string; readonly failures: number; readonly turns: number }
  | { readonly kind: "hopeless"; readonly id: string }
  | { readonly kind: "sleep"; readonly id: string; readonly ms: number }
  /** Sends an event, and waits for it. */
  | { readonly kind: "told"; readonly id: string; readonly byPath: boolean }
  /** Waits for what never comes. */
  | { readonly kind: "untold"; readonly id: string; readonly ms: number }
  | { readonly kind: "child"; readonly id: string; readonly fails: boolean; readonly ms: number }
  | { readonly kind: "iteration"; readonly id: string; readonly slices: number; readonly failsAt: number; readonly everyItems: number }
  | { readonly kind: "throw"; readonly times: number }
  | { readonly kind: "in order"; readonly parts: readonly Program[] }
  | { readonly kind: "side by side"; readonly parts: readonly Program[] }
  | { readonly kind: "few at a time"; readonly parts: readonly Program[] }
  | { readonly kind: "race"; readonly parts: readonly Program[] }
  /** A race in which the others never end. */
  | { readonly kind: "sure race"; readonly winner: Program; readonly losers: readonly Program[] }
  | { readonly kind: "loop"; readonly times: number; readonly body: Program };

const id = fc.constantFrom("a", "b", "c", "d#1", "é");

const leaf: fc.Arbitrary<Program> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("step" as const), id, failures: fc.nat(2), turns: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hopeless" as const), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sleep" as const), id, ms: fc.constantFrom(0, 5, 1_500, 60_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("told" as const), id, byPath: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("untold" as const), id, ms: fc.constantFrom(0, 5, 60_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("child" as const), id, fails: fc.boolean(), ms: fc.constantFrom(0, 5, 60_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("iteration" as const),
      id,
      slices: fc.integer({ min: 1, max: 4 }),
      failsAt: fc.nat(4),
      everyItems: fc.integer({ min: 1, max: 3 }),
    }),
  },
);

/** A program whose result depends on nothing but its results: who wins its races is sure. */
export const steadyProgram: fc.Arbitrary<Program> = programOf([]);
export const racingProgram: fc.Arbitrary<Program> = programOf(["race"]);

function programOf(more: readonly "race"[]): fc.Arbitrary<Program> {
  const kinds = fc.constantFrom("in order" as const, "in order" as const, "side by side" as const, "few at a time" as const, ...more);
  const { node } = fc.letrec<{ node: Program; parts: Program[] }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.record({ kind: kinds, parts: tie("parts") }),
      fc.record({ kind: fc.constant("loop" as const), times: fc.integer({ min: 1, max: 3 }), body: tie("node") }),
      fc.record({ kind: fc.constant("sure race" as const), winner: tie("node"), losers: tie("parts") }),
    ),
    parts: fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
  }));
  const outermost = fc.array(fc.oneof(node, fc.record({ kind: fc.constant("throw" as const), times: fc.integer({ min: 1, max: 2 }) })), {
    minLength: 1,
    maxLength: 4,
  });
  return outermost.map((parts) => ({ kind: "in order", parts }));
}

/** What was called, by key: `count` tells which call it was. */
export interface Watcher {
  /** A step's body runs. Returns nothing; may throw to say that it must not. */
  executing(key: string): void;
}

/** Longer than all that a program does. */
const NEVER = "300 days";

/** What programs invoke. */
export function childOf(watcher: Watcher): Handler {
  return async ({ event, step }) => {
    const { fails, ms } = event.data as { fails: boolean; ms: number };
    await step.run("work", ({ idempotencyKey }) => watcher.executing(idempotencyKey));
    await step.sleep("rest", ms);
    if (!fails) return `child slept ${ms}`;
    return step.run({ id: "fail", retries: 0 }, (): string => {
      throw new Error("the child fails");
    });
  };
}

/**
 * The handler of a program. What it returns tells everything that it saw, in order. Parallel branches have ids of their own unless `ids` are
 * shared: then which branch has which occurrence depends on who asked first, and only a whole record says that.
 */
export function handlerOf(
  program: Program,
  watcher: Watcher,
  ids: "own" | "shared" = "own",
): (context: FunctionContext) => Promise<unknown> {
  return async ({ step: tools, attempt }) => {
    const run = async (part: Program, branch: string, step: StepTools): Promise<unknown> => {
      const inner = (index: number): string => (ids === "shared" ? "" : `${branch}${index}.`);
      const branches = (parts: readonly Program[]): Promise<unknown>[] => parts.map((each, index) => run(each, inner(index), step));
      switch (part.kind) {
        case "step":
          return step.run({ id: branch + part.id, retries: 2 }, async ({ attempt: tried, idempotencyKey }) => {
            watcher.executing(idempotencyKey);
            await turns(part.turns);
            if (tried < part.failures) throw new Error(`${idempotencyKey} fails ${tried}`);
            return `${idempotencyKey} ran`;
          });
        case "hopeless":
          return step
            .run({ id: branch + part.id, retries: 0 }, ({ idempotencyKey }): string => {
              watcher.executing(idempotencyKey);
              throw new Error(`${idempotencyKey} is hopeless`);
            })
            .catch(caught);
        case "sleep":
          await step.sleep(branch + part.id, part.ms);
          return `slept ${part.ms}`;
        case "told": {
          const name = `told/${branch}${part.id}`;
          const { ids: sent } = await step.sendEvent(`${branch}${part.id} send`, { name, data: { of: "it" } });
          const wait = part.byPath ? { match: "data.of" } : { if: "async.data.of == event.data.of && async.name != event.name" };
          const event = await step.waitForEvent(`${branch}${part.id} wait`, { event: name, ...wait, timeout: NEVER });
          return [sent.length, event?.data];
        }
        case "untold":
          return step.waitForEvent(`${branch}${part.id} wait`, { event: "never", match: "data.of", timeout: part.ms });
        case "child": {
          const { fails, ms } = part;
          return step.invoke(`${branch}${part.id} child`, { function: "child", data: { fails, ms } }).catch(caught);
        }
        case "iteration":
          return step.iterate(
            { id: `${branch}${part.id} all`, retries: 2 },
            {
              from: 0,
              everyItems: part.everyItems,
              next: (cursor, { attempt: tried, idempotencyKey }) => {
                watcher.executing(idempotencyKey);
                if (cursor === part.failsAt && tried < 1) throw new Error(`slice ${cursor} fails ${tried}`);
                return { cursor: cursor + 1, done: cursor + 1 === part.slices };
              },
            },
          );
        case "throw":
          if (attempt < part.times) throw new Error(`the function throws at attempt ${attempt}`);
          return `attempt ${attempt}`;
        case "in order": {
          const seen: unknown[] = [];
          for (const each of part.parts) seen.push(await run(each, branch, step));
          return seen;
        }
        case "side by side":
          return Promise.all(branches(part.parts));
        case "few at a time":
          return step.all(
            part.parts.map((each, index) => (own) => run(each, inner(index), own)),
            { concurrency: 2 },
          );
        case "race":
          return Promise.race(branches(part.parts));
        case "sure race": {
          const losers = part.losers.map((each, index): [string, (own: StepTools) => Promise<unknown>] => [
            `loser ${index}`,
            async (own) => {
              await run(each, inner(index), own);
              await own.sleep(`${inner(index)}for ever`, NEVER);
            },
          ]);
          return step.race({ ...Object.fromEntries(losers), winner: (own) => run(part.winner, inner(99), own) });
        }
        case "loop": {
          const seen: unknown[] = [];
          for (let n = 0; n < part.times; n++) seen.push(await run(part.body, branch, step));
          return seen;
        }
      }
    };
    return run(program, "", tools);
  };
}

function caught(error: unknown): string | null {
  return error instanceof Error ? `caught ${error.message}` : null;
}
