// What the shop tells: names of events, and the data they carry. Money is in cents.
export interface Events {
  "order/placed": { readonly order: string; readonly country: string; readonly net: number };
  "invoice/issued": { readonly order: string; readonly net: number; readonly vat: number; readonly total: number };
}
