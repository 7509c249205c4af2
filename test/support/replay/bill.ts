// A function whose invoices were wrong for a time: what it does, and what it tells.
import type { Millrace } from "../../../engine/sdk/index.ts";

export interface ShopEvents {
  "order/placed": { order: number; net: number; reduced: boolean };
  "invoice/sent": { order: number; gross: number };
  "order/booked": { order: number };
}

/** `effect` is called for each: the step, and the order. */
export function declareBill(app: Millrace<ShopEvents>, code: "wrong" | "mended", effect: (line: string) => void): void {
  app.createFunction({ id: "bill", triggers: [{ event: "order/placed" }], retries: 0 }, async ({ event, step, rerunOf }) => {
    const { order, net, reduced } = event.data;
    const tell = (name: string): void => effect(`${name} ${order} ${rerunOf === null ? "first" : "again"}`);
    await step.run("reserve", () => tell("reserve"));
    await step.sendEvent("book", { name: "order/booked", data: { order } });
    // The mistake: a reduced rate for orders of a hundred and more.
    const rate = reduced && (code === "mended" || net < 100) ? 0.05 : 0.23;
    const gross = await step.run({ id: "add tax", pure: true }, () => Math.round(net * (1 + rate) * 100) / 100);
    await step.run("print", () => tell("print"));
    await step.sendEvent("tell", [
      { name: "invoice/sent", data: { order, gross }, key: String(order) },
      { name: "order/booked", data: { order } },
    ]);
    return { gross };
  });
}
