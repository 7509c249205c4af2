// What the snippets of the README and the guides assume to be there, beside what they import: an app, and services that anybody might have.
// test/unit/docs/snippets.test.ts compiles every snippet against it.
import type { Millrace } from "millrace";

interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
}

interface Order {
  readonly id: string;
  readonly total: number;
  readonly lines: readonly { readonly sku: string; readonly count: number }[];
}

declare global {
  const app: Millrace;
  const user: User;
  const order: Order;
  const db: {
    createUser(user: { email: string; name: string }): Promise<User>;
    findUser(id: string): Promise<User>;
    deleteUser(email: string): Promise<void>;
    saveOrder(order: Order): Promise<void>;
    ordersOf(userId: string): Promise<readonly Order[]>;
    rowsAfter(id: number, count: number, options?: { signal?: AbortSignal }): Promise<readonly { readonly id: number }[]>;
    upsert(row: { readonly id: number }): Promise<void>;
    noteRun(reportId: string, runId: string): Promise<void>;
    runOf(reportId: string): Promise<string>;
  };
  const mail: {
    welcome(user: { email: string }, options?: { idempotencyKey: string; signal?: AbortSignal }): Promise<void>;
    tips(user: { email: string }): Promise<void>;
    sorry(email: string, why: string): Promise<void>;
    ask(user: { email: string }): Promise<void>;
    report(report: { orders: number }): Promise<void>;
    confirm(email: string, cartId: string): Promise<void>;
  };
  const payments: {
    charge(
      order: Order,
      options: { idempotencyKey: string; signal?: AbortSignal },
    ): Promise<{ id: string; status: number; retryAfter: Date }>;
    refund(order: Order): Promise<{ id: string }>;
  };
  const stock: { reserve(sku: string, count: number): Promise<{ reservation: string }> };
  const crm: {
    add(email: string): Promise<void>;
    sync(reason: string): Promise<void>;
    push(contactId: string, options?: { signal?: AbortSignal }): Promise<void>;
    pages(account: string): Promise<number>;
    pull(account: string, page: number): Promise<void>;
  };
  const warehouse: {
    parse(file: string): Promise<readonly { readonly id: number }[]>;
    insert(rows: readonly { readonly id: string | number }[]): Promise<void>;
    putAside(rows: readonly { readonly id: string | number }[]): Promise<void>;
    check(file: string): Promise<void>;
  };
  const sql: {
    positions(topic: string): Promise<readonly (readonly [partition: number, next: number])[]>;
    transaction<T>(
      work: (tx: {
        position(topic: string, partition: number): Promise<number | null>;
        setPosition(topic: string, partition: number, next: number): Promise<void>;
        add(key: string | null, total: number): Promise<void>;
        putAside(topic: string, partition: number, offset: number, why: string): Promise<void>;
      }) => Promise<T>,
    ): Promise<T>;
  };
  const search: { index(page: string, revision: number): Promise<void> };
  const videos: { render(video: string): Promise<void> };
  const ai: { summarise(text: string, options?: { signal?: AbortSignal }): Promise<string> };
  const maps: { locate(address: string): Promise<{ latitude: number; longitude: number }> };
  const pager: { page(service: string): Promise<void> };
  const hooks: { post(host: string, body: string, options?: { signal?: AbortSignal }): Promise<void> };
  const reports: { of(day: string): Promise<{ orders: number }>; closeHour(until: string): Promise<void> };
}
