#!/usr/bin/env node
// The command `millrace`. Nothing is loaded before it is known that this Node can: an older one ends with a stack that says nothing.
const NEEDED = [22, 18] as const;

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) {
  // Half of what a command takes to begin is compiling what it loads: the second time it need not be.
  const { enableCompileCache } = await import("node:module");
  enableCompileCache();
  const { main } = await import("./program.ts");
  await main(process.argv);
} else {
  process.stderr.write(`millrace needs Node ${NEEDED.join(".")} or newer; this is ${process.versions.node}\n`);
  process.exitCode = 1;
}

export {};
