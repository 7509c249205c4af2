// JSON as a tree of what stands there: numbers with all their digits, keys in their order and as often as they come. JSON.parse would change them.

export type JsonTree =
  | { readonly kind: "object"; readonly entries: readonly { readonly key: string; readonly value: JsonTree }[] }
  | { readonly kind: "array"; readonly items: readonly JsonTree[] }
  | { readonly kind: "string"; readonly text: string }
  /** Numbers, true, false and null, as they are written. */
  | { readonly kind: "word"; readonly text: string };

/** Deeper than this nobody looks; and whoever nests a payload a million times gets it as text. */
const DEEPEST = 200;
const TOKEN = /\s*(?:([{}[\]:,])|("[^"\\]*(?:\\.[^"\\]*)*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** Null: it is not JSON, or nested too deep. */
export function jsonTree(text: string): JsonTree | null {
  try {
    const tokens = new Tokens(text);
    const tree = read(tokens, 0);
    return tokens.next() === null ? tree : null;
  } catch (error) {
    if (error instanceof NotJson) return null;
    throw error;
  }
}

class NotJson extends Error {}

type Token = { readonly kind: "mark" | "string" | "word"; readonly text: string };

class Tokens {
  readonly #text: string;
  #at = 0;
  #peeked: Token | null | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): Token | null {
    return (this.#peeked ??= this.#read());
  }

  next(): Token | null {
    const token = this.peek();
    this.#peeked = undefined;
    return token;
  }

  expect(mark: string): void {
    const token = this.next();
    if (token?.kind !== "mark" || token.text !== mark) throw new NotJson();
  }

  skip(mark: string): boolean {
    const token = this.peek();
    if (token?.kind !== "mark" || token.text !== mark) return false;
    this.#peeked = undefined;
    return true;
  }

  #read(): Token | null {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (found === null) {
      if (this.#text.slice(this.#at).trim() === "") return null;
      throw new NotJson();
    }
    this.#at = TOKEN.lastIndex;
    const [, mark, string, word] = found;
    if (mark !== undefined) return { kind: "mark", text: mark };
    return string === undefined ? { kind: "word", text: word ?? "" } : { kind: "string", text: unquoted(string) };
  }
}

function read(tokens: Tokens, depth: number): JsonTree {
  if (depth > DEEPEST) throw new NotJson();
  if (tokens.skip("{")) return { kind: "object", entries: list(tokens, "}", () => entry(tokens, depth)) };
  if (tokens.skip("[")) return { kind: "array", items: list(tokens, "]", () => read(tokens, depth + 1)) };
  const token = tokens.next();
  if (token === null || token.kind === "mark") throw new NotJson();
  return token.kind === "string" ? { kind: "string", text: token.text } : { kind: "word", text: token.text };
}

function entry(tokens: Tokens, depth: number): { key: string; value: JsonTree } {
  const key = tokens.next();
  if (key?.kind !== "string") throw new NotJson();
  tokens.expect(":");
  return { key: key.text, value: read(tokens, depth + 1) };
}

function list<Item>(tokens: Tokens, end: string, item: () => Item): readonly Item[] {
  if (tokens.skip(end)) return [];
  const items = [item()];
  while (tokens.skip(",")) items.push(item());
  tokens.expect(end);
  return items;
}

function unquoted(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw new NotJson();
  }
}
