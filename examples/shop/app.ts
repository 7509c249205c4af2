// A shop in one file, for `npm run dev`: send it orders, change it, break it, and look what becomes of its runs.
import { Millrace } from "millrace";

interface ShopEvents {
  "order/placed": { readonly orderId: string; readonly total: number };
  "order/cancelled": { readonly orderId: string };
}

export const app = new Millrace<ShopEvents>({ id: "shop" });

app.createFunction(
  { id: "fulfil", triggers: [{ event: "order/placed" }], cancelOn: [{ event: "order/cancelled", match: "data.orderId" }] },
  async ({ event, step, logger }) => {
    const reserved = await step.run("reserve stock", () => ({ orderId: event.data.orderId, shelf: 7 }));
    logger.info(reserved, "reserved");
    await step.sleep("time to cancel", "10 seconds");
    return step.run("charge", () => ({ paid: event.data.total }));
  },
);
