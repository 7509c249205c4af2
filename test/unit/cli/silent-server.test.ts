// A server that takes a request and never answers must not hold a command for ever.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ApiClient } from "../../../cli/client/api-client.ts";

test.each([
  ["nothing", ""],
  ["half an answer", '{"items":'],
])("a command is told of a server that says %s", async (_, half) => {
  const server = createServer((__, response) => {
    if (half !== "") response.writeHead(200, { "content-type": "application/json" }).write(half);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const client = new ApiClient({ url, token: null }, { patienceMs: 50 });
    await expect(client.get("/runs")).rejects.toMatchObject({
      code: "CLI_NO_SERVER",
      message: expect.stringContaining("timeout") as string,
    });
    await expect(client.get("/runs", {}, AbortSignal.abort(new Error("told to end")))).rejects.toThrow("told to end");
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
