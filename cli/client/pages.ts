// Pages of a list, until there are as many as were asked for.
import type { Page } from "../../server/contract/words.ts";
import { commandAgain } from "./command-again.ts";

const MAX_PAGE = 500;

/** Tells people where to go on where there are more. */
export async function allPages<Item>(
  ask: (limit: number, cursor: string | undefined) => Promise<Page<Item>>,
  limit: number,
  from: string | undefined,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let cursor = from;
  do {
    const page = await ask(Math.min(limit - items.length, MAX_PAGE), cursor);
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && items.length < limit);
  if (cursor !== undefined) process.stderr.write(`there are more: ${commandAgain({ without: ["--cursor"], add: ["--cursor", cursor] })}\n`);
  return items;
}
