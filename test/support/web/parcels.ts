// An app that has a run of every kind for the dashboard to show.
import { NonRetriableError, RetryAfterError } from "../../../engine/sdk/index.ts";
import type { Millrace } from "../../../engine/sdk/millrace.ts";
import { serveShop, type ServedShop, type ShopWishes } from "../server/served-shop.ts";
import { DASHBOARD } from "./browser.ts";

/** Data of `parcel/ordered`. */
export interface Parcel {
  readonly to: string;
  readonly weight: number;
}

export async function serveParcels(wishes: ShopWishes = {}): Promise<ServedShop> {
  return serveShop({ declare: declareParcels, ...wishes, options: { dashboard: DASHBOARD, ...wishes.options } });
}

export function declareParcels(app: Millrace): void {
  const weigh = app.createFunction({ id: "weigh", triggers: [{ event: "parcel/to.weigh" }] }, async ({ event, step }) =>
    step.run("put on the scale", () => ({ grams: Number((event.data as Parcel).weight) * 1_000 })),
  );
  app.createFunction({ id: "deliver", triggers: [{ event: "parcel/ordered" }] }, async ({ event, step, logger }) => {
    const parcel = event.data as Parcel;
    logger.info({ to: parcel.to }, "on its way");
    const address = await step.run("find the address", ({ attempt }) => {
      if (parcel.to === "nowhere") throw new NonRetriableError(`there is no address for ${parcel.to}`);
      if (parcel.to === "far away" && attempt === 0) throw new RetryAfterError("the map is torn", "20 ms");
      return { street: `1 ${parcel.to} Road`, to: parcel.to };
    });
    const { grams } = await step.invoke("weigh it", { function: weigh, data: parcel });
    await step.sleep("let the ink dry", "20 ms");
    await step.sendEvent("tell", { name: "parcel/packed", data: { ...address, grams } });
    return { address, grams };
  });
  app.createFunction({ id: "print-label", triggers: [{ event: "parcel/packed" }] }, async ({ event, step }) =>
    step.run("print", () => `label for ${(event.data as Parcel).to}`),
  );
  app.createFunction({ id: "await-signature", triggers: [{ event: "parcel/to.sign" }] }, async ({ event, step }) => {
    await step.run("ring the bell", () => "rang");
    const signed = await step.waitForEvent("signature", { event: "parcel/signed", match: "data.to", timeout: "1 hour" });
    return { of: event.id, isSigned: signed !== null };
  });
}
