// What cannot be taken back is asked for twice.
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { confirm } from "../../../cli/confirm.ts";
import { Interrupted } from "../../../cli/exit-codes.ts";

class Terminal extends PassThrough {
  readonly isTTY = true;
}

function asked(input: PassThrough): { readonly answer: Promise<void>; readonly said: () => Promise<string> } {
  const output = new Terminal();
  const answer = confirm({ what: 'erase the data of "ada"', isConfirmed: false, terminal: { input, output } });
  return {
    answer,
    said: () => {
      output.end();
      return text(output);
    },
  };
}

describe("what cannot be taken back", () => {
  test("is done with a flag, and then nobody is asked", async () => {
    const nobody = new PassThrough();
    await confirm({ what: "erase it", isConfirmed: true, terminal: { input: nobody, output: nobody } });
    expect(nobody.read()).toBeNull();
  });

  test.each(["y", "yes", " YES "])("is done where somebody at a terminal says %j", async (word) => {
    const input = new Terminal();
    const { answer, said } = asked(input);
    input.write(`${word}\n`);
    await answer;
    expect(await said()).toContain('erase the data of "ada", for good? [y/N] ');
  });

  test.each(["", "n", "yesterday", "no"])("is not done where they say %j", async (word) => {
    const input = new Terminal();
    const { answer } = asked(input);
    input.write(`${word}\n`);
    await expect(answer).rejects.toThrow(Interrupted);
  });

  test("is not done where they leave instead of answering", async () => {
    const input = new Terminal();
    const { answer } = asked(input);
    input.end();
    await expect(answer).rejects.toThrow("nothing was done");
  });

  test("is refused where nobody can be asked, however much is piped in", async () => {
    const input = new PassThrough();
    const { answer } = asked(input);
    input.end("y\n");
    await expect(answer).rejects.toMatchObject({ code: "CLI_NOT_CONFIRMED", message: expect.stringContaining("--yes") as string });
  });
});
