// Small random programs of steps, sleeps, failures, loops and parallel branches, and a handler that runs them.
import fc from "fast-check";
import type { FunctionContext } from "../../engine/execution/function.ts";
import { turns } from "./fake-clock.ts";

export type Program =
  | { readonly kind: "step"; readonly id: string; readonly failures: number; readonly turns: number }
  | { readonly kind: "hopeless"; readonly id: string }
  | { readonly kind: "sleep"; readonly id: string; readonly ms: number }
  | { readonly kind: "throw"; readonly times: number }
  | { readonly kind: "in order"; readonly parts: readonly Program[] }
  | { readonly kind: "side by side"; readonly parts: readonly Program[] }
  | { readonly kind: "race"; readonly parts: readonly Program[] }
  | { readonly kind: "loop"; readonly times: number; readonly body: Program };

const id = fc.constantFrom("a", "b", "c", "d#1", "é");

const leaf: fc.Arbitrary<Program> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("step" as const), id, failures: fc.nat(2), turns: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("hopeless" as const), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("sleep" as const), id, ms: fc.constantFrom(0, 5, 1_500, 60_000) }) },
);

/** A program whose result depends on nothing but its results: without races. */
export const steadyProgram: fc.Arbitrary<Program> = programOf([]);
export const racingProgram: fc.Arbitrary<Program> = programOf(["race"]);

function programOf(more: readonly "race"[]): fc.Arbitrary<Program> {
  const kinds = fc.constantFrom("in order" as const, "in order" as const, "side by side" as const, ...more);
  const { node } = fc.letrec<{ node: Program; parts: Program[] }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      leaf,
      fc.record({ kind: kinds, parts: tie("parts") }),
      fc.record({ kind: fc.constant("loop" as const), times: fc.integer({ min: 1, max: 3 }), body: tie("node") }),
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

/**
 * The handler of a program. What it returns tells everything that it saw, in order. Parallel branches have ids of their own unless `ids` are
 * shared: then which branch has which occurrence depends on who asked first, and only a whole record says that.
 */
export function handlerOf(
  program: Program,
  watcher: Watcher,
  ids: "own" | "shared" = "own",
): (context: FunctionContext) => Promise<unknown> {
  return async ({ step, attempt }) => {
    const run = async (part: Program, branch: string): Promise<unknown> => {
      const branches = (parts: readonly Program[]): Promise<unknown>[] =>
        parts.map((each, index) => run(each, ids === "shared" ? "" : `${branch}${index}.`));
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
            .catch((error: unknown) => (error instanceof Error ? `caught ${error.message}` : null));
        case "sleep":
          await step.sleep(branch + part.id, part.ms);
          return `slept ${part.ms}`;
        case "throw":
          if (attempt < part.times) throw new Error(`the function throws at attempt ${attempt}`);
          return `attempt ${attempt}`;
        case "in order": {
          const seen: unknown[] = [];
          for (const each of part.parts) seen.push(await run(each, branch));
          return seen;
        }
        case "side by side":
          return Promise.all(branches(part.parts));
        case "race":
          return Promise.race(branches(part.parts));
        case "loop": {
          const seen: unknown[] = [];
          for (let n = 0; n < part.times; n++) seen.push(await run(part.body, branch));
          return seen;
        }
      }
    };
    return run(program, "");
  };
}
