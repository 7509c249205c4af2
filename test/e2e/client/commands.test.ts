// The commands that ask a server, as processes, against a real `millrace dev`.
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePorts } from "../../support/kafka/ports.ts";
import { BadNetwork } from "./bad-network.ts";
import { hears, said, Shell } from "./shell.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };
let shell: Shell;

beforeAll(async () => {
  shell = await Shell.withShop();
});
afterAll(() => shell[Symbol.asyncDispose]());

/** Sends an order, and resolves with the run that it started, once it has that status. */
async function ordered(id: string, status: string, data: object): Promise<string> {
  await shell.json("send", "order/placed", "--data", JSON.stringify(data), "--id", id, "--key", id);
  return vi.waitFor(async () => {
    const found = (await shell.json("runs", "list", "--search", id, "--status", status, "--function", "fulfil"))[0];
    if (found === undefined) throw new Error(`${id} has no run that is ${status}`);
    return String(found["id"]);
  }, PATIENCE);
}

describe("millrace send", () => {
  test("sends an event with data as text, of a file, and of standard input, and says where it stands", async () => {
    await shell.run.write("order.json", '{"order":2}');
    const texts = [
      await shell.millrace("send", "order/placed", "--data", '{"order":1}', "--id", "one"),
      await shell.millrace("send", "order/placed", "--data", "@order.json", "--id", "two"),
      await shell.typed(["send", "order/placed", "--data", "-", "--id", "three"], '{"order":3}'),
    ];
    for (const [index, id] of ["one", "two", "three"].entries()) {
      expect(texts[index]).toMatchObject({
        code: 0,
        out: expect.stringMatching(new RegExp(`^${id} {2}shop\\.events/[01]/\\d+\\n$`)) as string,
      });
      await vi.waitFor(async () => {
        const { out } = await shell.millrace("events", "show", id);
        expect(out).toContain(`{"order":${index + 1}}`);
        expect(out).toMatch(/triggered fulfil \S+ \(completed\)/);
      }, PATIENCE);
    }
  });

  test("says how to send it again so that it counts once, where nobody knows whether the log has it", async () => {
    await using between = await BadNetwork.to(Number(new URL(shell.run.url).port));
    const heard = said(shell.begin("send", "order/placed", "--data", '{"order":"a b"}', "--server", between.url));
    (await between.answerOf('"order":"a b"')).lose();
    const { code, err } = await heard;
    expect([code, err]).toEqual([6, expect.stringMatching(/^CLI_NO_SERVER: .*The event may be in the log, or not/)]);
    const [, again = "", id = ""] = /counts once: millrace (send .* --id (\S+))$/m.exec(err) ?? [];
    expect(again).toContain(`--data '{"order":"a b"}'`);
    const words = again.split(" ").toSpliced(3, 2, '{"order":"a b"}');
    expect(await shell.millrace(...words)).toMatchObject({ code: 0, out: expect.stringContaining(id) as string });
    await vi.waitFor(async () => {
      expect(await shell.json("runs", "list", "--search", id, "--function", "fulfil", "--status", "completed")).toHaveLength(1);
    }, PATIENCE);
    expect(await shell.json("runs", "list", "--search", id, "--function", "fulfil")).toHaveLength(1);
  });

  test("says no such thing where nobody was there, or the server refuses it", async () => {
    const [port = 0] = await freePorts(1);
    const nobody = await shell.millrace("send", "order/placed", "--server", `http://127.0.0.1:${port}`);
    expect(nobody).toMatchObject({ code: 6, err: expect.stringMatching(/^CLI_NO_SERVER: /) as string });
    const refused = await shell.millrace("send", "order/placed", "--subject", "ada");
    expect(refused.code).not.toBe(0);
    expect(nobody.err + refused.err).not.toContain("may be in the log");
  });

  test("says what is wrong with what it was given", async () => {
    expect(await shell.millrace("send", "order/placed", "--data", "order 7")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^CLI_BAD_JSON: --data: it is not JSON/) as string,
    });
    expect(await shell.millrace("send", "order/placed", "--data", "@gone.json")).toMatchObject({
      err: expect.stringMatching(/^CLI_BAD_FILE: --data: gone\.json cannot be read/) as string,
    });
    expect(await shell.millrace("send")).toMatchObject({ code: 2, err: expect.stringMatching(/^CLI_BAD_CHOICE: which event\?/) as string });
  });
});

describe("millrace runs", () => {
  test("lists them as a table and as JSON, and shows one by the beginning of its id", async () => {
    const run = await ordered("listed-1", "failed", { broke: true });
    const table = await shell.millrace("runs", "list", "--status", "failed", "--search", "listed-1");
    expect(table.out).toMatch(/^RUN +WHEN +STATUS +FUNCTION +EVENT +KEY +TOOK +WHY\n/);
    expect(table.out).toMatch(new RegExp(`\\n${run} +\\S+ +failed +fulfil +order/placed +listed-1 +\\S+ m?s +.*no money\\n$`));
    expect(table.out).not.toContain("\u001b");
    const { out } = await shell.millrace("runs", "show", run.slice(0, 25).toLowerCase());
    expect(out).toContain(`${run}  fulfil  failed`);
    expect(out).toContain('event order/placed listed-1  {"broke":true}');
    expect(out).toContain("attempt 1 failed: Error: no money; no attempt is left");
  });

  test("has as many as were asked for, and says how to have more", async () => {
    await Promise.all(["a", "b", "c"].map((id) => ordered(`page-${id}`, "completed", { order: 1 })));
    const first = await shell.millrace("runs", "list", "--search", "page-", "--limit", "2", "--json");
    const again = /^there are more: millrace (.+)$/m.exec(first.err)?.[1] ?? "";
    const second = await shell.millrace(...again.split(" "));
    const ids = [...first.out.matchAll(/"id":"(0\w{25})"/g), ...second.out.matchAll(/"id":"(0\w{25})"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(3);
    expect(ids).toHaveLength(3);
  });

  test("watch prints what a run does until it is over, and exits by how it ended", async () => {
    const run = await ordered("watched-1", "running", { order: 5, waits: true, rest: 1 });
    const watching = shell.begin("runs", "watch", run);
    const heard = said(watching);
    await hears(watching.stdout, "wait word#0: waiting");
    expect((await shell.run.send({ name: "word/given", data: { order: 5 } })).status).toBe(200);
    const watched = await heard;
    expect(watched.out).toContain("sleep rest#0: slept");
    expect(watched.out).toMatch(/ {2}completed {2}\{"order":5\}\n$/);
    expect(watched.code).toBe(0);
    const resting = await ordered("watched-3", "running", { rest: 3_600_000 });
    const untilCancelled = shell.begin("runs", "watch", resting);
    const heardOfResting = said(untilCancelled);
    await hears(untilCancelled.stdout, "sleep rest#0: sleeping");
    expect((await shell.millrace("runs", "cancel", resting)).code).toBe(0);
    expect(await heardOfResting).toMatchObject({ code: 1, out: expect.stringMatching(/ {2}cancelled\n$/) as string });
    const failed = await ordered("watched-2", "failed", { broke: true });
    expect((await shell.millrace("runs", "watch", failed)).code).toBe(1);
  });

  test("watch by a filter says each change, until Ctrl-C", async () => {
    const child = shell.begin("runs", "watch", "--function", "ship", "--json");
    const heard = said(child);
    // What there was before is no news: one that comes after it has begun is.
    let out = "";
    child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
    let n = 0;
    await vi.waitFor(
      async () => {
        await shell.json("send", "order/fulfilled", "--data", "{}", "--id", `news-${n++}`);
        expect(out).toContain('"functionId":"ship"');
      },
      { timeout: 60_000, interval: 500 },
    );
    child.kill("SIGINT");
    const { out: all, code } = await heard;
    expect(code).toBe(0);
    for (const line of all.trim().split("\n")) expect(JSON.parse(line)).toMatchObject({ functionId: "ship" });
  });

  test("cancel tells a run to end, and says of one that is over that it is", async () => {
    const run = await ordered("cancelled-1", "running", { rest: 3_600_000 });
    expect(await shell.millrace("runs", "cancel", run, "--reason", "ordered twice")).toMatchObject({
      code: 0,
      out: expect.stringContaining(`run ${run} was told to end`) as string,
    });
    await ordered("cancelled-1", "cancelled", { rest: 3_600_000 });
    expect(await shell.millrace("cancel", run)).toMatchObject({ code: 1, err: expect.stringMatching(/^CONFLICT: .*is over/) as string });
  });

  test("cancel by a filter counts first, and does it with --yes, to exactly those", async () => {
    const runs = await Promise.all(["x", "y"].map((id) => ordered(`many-${id}`, "running", { rest: 3_600_000 })));
    const filter = ["runs", "cancel", "--function", "fulfil", "--status", "running", "--search", "many-"];
    const preview = await shell.millrace(...filter);
    expect(preview.out).toMatch(/^2 runs would be cancelled, such as\n/);
    for (const run of runs) expect(preview.out).toContain(run);
    expect(preview.err).toContain(`nothing was done. To do it: millrace ${filter.join(" ")} --yes\n`);
    expect(await shell.json("runs", "list", "--search", "many-", "--status", "running")).toHaveLength(2);
    expect(await shell.millrace(...filter, "--yes")).toMatchObject({ code: 0, out: "2 runs: 2 told\n" });
    await vi.waitFor(
      async () => expect(await shell.json("runs", "list", "--search", "many-", "--status", "cancelled")).toHaveLength(2),
      PATIENCE,
    );
  });

  test("a filter by a function that there is not is refused; where none is meant, --yes says so of what was done", async () => {
    for (const action of ["cancel", "release", "rerun"]) {
      for (const more of [[], ["--yes"], ["--json"]]) {
        expect(await shell.millrace("runs", action, "--function", "fulfill", ...more)).toMatchObject({
          code: 4,
          out: "",
          err: 'CLI_NO_FUNCTION: there is no function "fulfill": did you mean fulfil?\n',
        });
      }
    }
    const none = ["runs", "cancel", "--function", "fulfil", "--search", "nobody-"];
    expect(await shell.millrace(...none)).toMatchObject({ code: 0, out: "0 runs would be cancelled\n" });
    expect(await shell.millrace(...none, "--yes")).toMatchObject({ code: 0, out: "0 runs were cancelled\n" });
    expect(await shell.millrace("dead-letter", "retry", "--code", "EVENT_NOPE", "--yes")).toMatchObject({
      code: 0,
      out: "0 dead letters were retried\n",
    });
  });

  test("rerun repeats a run from a step on with another output, and the run that repeats it completes", async () => {
    const run = await ordered("again-1", "failed", { broke: true });
    const [answer] = await shell.json("runs", "rerun", run, "--from", "charge#0", "--output", 'charge#0={"order":"by hand"}');
    const watched = await shell.millrace("runs", "watch", String(answer?.["id"]));
    expect(watched).toMatchObject({ code: 0, out: expect.stringContaining('completed  {"order":"by hand"}') as string });
    const { out } = await shell.millrace("runs", "show", run);
    expect(out).toContain(`is repeated by fulfil ${String(answer?.["id"])} (completed)`);
  });

  test("rerun of one that is not over cancels it with --cancel, and is refused without", async () => {
    const run = await ordered("instead-1", "running", { rest: 3_600_000 });
    const refused = await shell.millrace("runs", "rerun", run);
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(/^RERUN_NOT_OVER: .*`cancel`/) as string });
    const [answer] = await shell.json("runs", "rerun", run, "--cancel", "--data", '{"order":7}');
    const watched = await shell.millrace("runs", "watch", String(answer?.["id"]));
    expect(watched).toMatchObject({ code: 0, out: expect.stringContaining('completed  {"order":7}') as string });
    expect((await shell.millrace("runs", "show", run)).out).toContain(`${run}  fulfil  cancelled`);
    const many = await shell.millrace("runs", "rerun", "--status", "failed", "--cancel");
    expect(many).toMatchObject({ code: 2, err: expect.stringMatching(/^CLI_BAD_CHOICE: .*one run/) as string });
  });

  test("nobody means all of them by naming none", async () => {
    for (const action of ["cancel", "rerun", "release"]) {
      expect(await shell.millrace("runs", action)).toMatchObject({
        code: 2,
        err: expect.stringMatching(/^CLI_BAD_CHOICE: which runs\?/) as string,
      });
    }
    expect(await shell.millrace("dead-letter", "discard")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^CLI_BAD_CHOICE: which dead letters\?/) as string,
    });
  });
});

describe("millrace functions", () => {
  test("lists, pauses and resumes them", async () => {
    expect((await shell.json("functions", "list")).map(({ id }) => id)).toEqual(["count", "fulfil", "ship"]);
    expect((await shell.millrace("functions", "pause", "count", "--events", "skip")).out).toMatch(
      /^every partition was told to start no runs of "count"/,
    );
    await vi.waitFor(async () => expect((await shell.json("functions", "show", "count"))[0]).toMatchObject({ paused: "skip" }), PATIENCE);
    expect((await shell.millrace("resume", "count")).code).toBe(0);
    await vi.waitFor(async () => expect((await shell.json("functions", "show", "count"))[0]).toMatchObject({ paused: null }), PATIENCE);
  });

  test("one that is misspelt is told with the one that was meant", async () => {
    for (const words of [
      ["functions", "show", "fulfill"],
      ["functions", "pause", "fulfill"],
      ["resume", "fulfill"],
    ]) {
      expect(await shell.millrace(...words)).toMatchObject({
        code: 4,
        err: 'CLI_NO_FUNCTION: there is no function "fulfill": did you mean fulfil?\n',
      });
    }
    expect(await shell.millrace("runs", "list", "--function", "shipp")).toMatchObject({
      code: 4,
      err: expect.stringContaining("did you mean ship?") as string,
    });
  });
});

describe("millrace dead-letter and consumers", () => {
  test("letters are listed, shown, and after what was wrong is mended all of a filter are tried again", async () => {
    for (const n of [1, 2, 3]) await shell.json("send", "mail/asked", "--data", "{}", "--id", `mail-${n}`);
    const open = ["dead-letter", "list", "--consumer", "mailer", "--state", "open"];
    const letters = await vi.waitFor(async () => {
      const found = await shell.json(...open);
      expect(found).toHaveLength(3);
      return found;
    }, PATIENCE);
    expect((await shell.millrace(...open)).out).toMatch(
      /^DEAD LETTER +WHEN .*\n(\S+ .* handling +open +CONSUMER_HANDLER_FAILED +yes .*no mail server\n){3}$/,
    );
    expect((await shell.millrace("dead-letter", "show", String(letters[0]?.["id"]))).out).toContain("  consumer   mailer");
    const [consumer] = await shell.json("consumers", "list");
    expect(consumer).toMatchObject({ id: "mailer", version: 1, deadLetters: 3 });

    expect((await shell.millrace("dead-letter", "discard", String(letters[0]?.["id"]))).out).toBe(
      `${String(letters[0]?.["id"])} was discarded\n`,
    );
    await shell.run.write("mended", "");
    const retry = ["dead-letter", "retry", "--consumer", "mailer"];
    expect((await shell.millrace(...retry)).out).toMatch(/^2 dead letters would be retried, such as\n/);
    expect(await shell.millrace(...retry, "--yes")).toMatchObject({ code: 0, out: "2 dead letters: 2 retried\n" });
    expect(await shell.json(...open)).toEqual([]);
    expect((await shell.json("dead-letter", "list", "--state", "retried")).length).toBe(2);
  });

  test("a consumer is shown by partition, paused and resumed; one that is misspelt is told", async () => {
    expect((await shell.json("consumers", "show", "mailer")).map(({ partition, mode }) => [partition, mode])).toEqual([
      [0, "active"],
      [1, "active"],
    ]);
    expect((await shell.millrace("consumers", "pause", "mailer")).out).toMatch(
      /^every partition of consumer "mailer" was told to read no further/,
    );
    await vi.waitFor(async () => expect(await shell.json("consumers", "list")).toMatchObject([{ paused: true }]), PATIENCE);
    expect((await shell.millrace("consumers", "resume", "mailer")).code).toBe(0);
    await vi.waitFor(async () => expect(await shell.json("consumers", "list")).toMatchObject([{ paused: false }]), PATIENCE);
    expect(await shell.millrace("consumers", "show", "mialer")).toMatchObject({
      code: 4,
      err: expect.stringContaining("did you mean mailer?") as string,
    });
  });

  test("what was done in bulk stands among the operations", async () => {
    expect((await shell.millrace("operations", "list")).out).toMatch(/bulk-dead-letters +done +2\/2 .*retry 2 dead letters/);
  });
});

test("what there is none of is said to people, and is nothing to scripts", async () => {
  for (const words of [
    ["dead-letter", "list", "--code", "EVENT_NOT_JSON"],
    ["events", "list", "--name", "nobody/asked"],
    ["runs", "list", "--status", "parked"],
  ]) {
    expect(await shell.millrace(...words)).toMatchObject({
      code: 0,
      out: "",
      err: expect.stringMatching(/^no /) as string,
    });
    expect(await shell.millrace(...words, "--json")).toMatchObject({ code: 0, out: "", err: "" });
  }
});

describe("who cannot be asked", () => {
  test("is told by where it was looked for and what to do, with a code for scripts", async () => {
    const nobody = await shell.millrace("runs", "list", "--server", "http://127.0.0.1:9");
    expect(nobody).toMatchObject({
      code: 6,
      out: "",
      err: expect.stringMatching(/^CLI_NO_SERVER: no server answers at http:\/\/127\.0\.0\.1:9 .*millrace dev/) as string,
    });
    expect(await shell.millrace("runs", "list", "--server", "localhost")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^INVALID_SETTINGS: .*client\.server.*--server/s) as string,
    });
    expect(await shell.millrace("runs", "show", "01K9ZC6Y1N8XQ2B7V4T5M3RDEF")).toMatchObject({
      code: 4,
      err: expect.stringMatching(/^NOT_FOUND: /m) as string,
    });
  });

  test("commands that read the log itself say who has it, and where that answers", async () => {
    const { code, err } = await shell.millrace("verify", "--app", "shop");
    expect(err).toContain(`CLI_LOG_HELD: `);
    expect(err).toContain(`App "shop" is served at ${shell.run.url}`);
    expect(code).toBe(6);
  });

  test("a flag of the log and one of a server do not go together", async () => {
    expect(await shell.millrace("cancel", "x", "--path", ".millrace")).toMatchObject({
      code: 2,
      err: expect.stringContaining("--path says which log") as string,
    });
    expect(await shell.millrace("pause", "ship", "--app", "shop", "--server", shell.run.url)).toMatchObject({
      code: 2,
      err: expect.stringContaining("choose one") as string,
    });
  });
});
