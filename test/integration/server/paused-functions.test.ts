// Who looks at functions hears of a pause once partitions have decided it, and not only when it was asked for.
import { expect, test } from "vitest";
import { serveShop, type Answer } from "../../support/server/served-shop.ts";

test("after the last word on functions, each of them is as it is: nobody has to ask again", async () => {
  await using shop = await serveShop();
  const asked: Promise<Answer>[] = [];
  shop.server.live.hear(({ type }) => {
    if (type === "functions") asked.push(shop.ask("GET", "/functions/order"));
  });
  const last = async (): Promise<unknown> => (await asked.at(-1))?.body;

  // As from another process: this server hears of it by the journal alone.
  for (let round = 0; round < 3; round++) {
    await shop.app.pause("order", { events: "keep" });
    await expect.poll(last).toMatchObject({ paused: "keep" });
    await shop.app.resume("order");
    await expect.poll(last).toMatchObject({ paused: null });
  }
});
