// Output that nobody reads any more, as behind `| head`: it ends a command that only tells, and not one that does something.

let doing = 0;

/** Until it is disposed of, what is under way goes on to its end, whoever reads of it. */
export function untilDone(): Disposable {
  doing += 1;
  let isOver = false;
  return {
    [Symbol.dispose]() {
      if (!isOver) doing -= 1;
      isOver = true;
    },
  };
}

/** Once, for the whole process. */
export function hearUnread(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    // `millrace journal … | head` is no failure.
    if (doing === 0) process.exit();
  });
  // What is said beside a result is not the result.
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
