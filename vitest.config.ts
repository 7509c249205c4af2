import { defineConfig } from "vitest/config";

const kafka = { globalSetup: "test/support/kafka/global-setup.ts", runner: "test/support/kafka/runner.ts" };

function project(name: string, include: string[], settings: object): object {
  return { extends: true, test: { name, include, ...settings } };
}

export default defineConfig({
  test: {
    pool: "forks",
    // As long as the browser waits for what it is asked for.
    expect: { poll: { timeout: 15_000 } },
    projects: [
      // No test is about time: these bounds end what hangs, on a machine that others share, too.
      project("unit", ["test/unit/**/*.test.ts", "test/architecture.test.ts"], { testTimeout: 30_000, hookTimeout: 30_000 }),
      project("conformance", ["test/conformance/**/*.test.ts"], { ...kafka, testTimeout: 30_000, hookTimeout: 30_000 }),
      project("integration", ["test/integration/**/*.test.ts"], { ...kafka, testTimeout: 60_000, hookTimeout: 60_000 }),
      project("simulation", ["test/simulation/**/*.test.ts"], { ...kafka, testTimeout: 120_000, hookTimeout: 60_000 }),
      project("web", ["test/e2e/web/**/*.test.ts"], {
        globalSetup: "test/support/web/global-setup.ts",
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      project("e2e", ["test/e2e/**/*.test.ts"], { ...kafka, exclude: ["test/e2e/web/**"], testTimeout: 300_000, hookTimeout: 120_000 }),
    ],
  },
});
