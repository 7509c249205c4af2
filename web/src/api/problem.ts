// What the server says when it does not do what it was asked, or that it said nothing.
import type { Problem } from "../../../server/contract/words.ts";

export class ApiProblem extends Error {
  /** 0: no answer came. */
  readonly status: number;
  /** Stable; `NO_ANSWER` where none came. */
  readonly code: string;
  /** Of what was sent: where it is wrong, and why. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly retryAfterSeconds: number | null;
  /** Whether what was sent may have been taken all the same: the answer did not come, or came from where nobody knows how far it got. */
  readonly isInDoubt: boolean;

  constructor(of: Pick<Problem, "status" | "code" | "detail" | "errors" | "deliveries"> & { readonly retryAfterSeconds?: number | null }) {
    super(of.detail);
    this.name = "ApiProblem";
    this.status = of.status;
    this.code = of.code;
    this.errors = of.errors ?? [];
    this.retryAfterSeconds = of.retryAfterSeconds ?? null;
    this.isInDoubt = [0, 502, 504].includes(of.status) || of.deliveries?.some(({ status }) => status === "unknown") === true;
  }

  /** It may work when it is tried again. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** How often is enough. */
export function isWorthAnotherTry(failures: number, error: unknown): boolean {
  return failures < 2 && (!(error instanceof ApiProblem) || error.isPassing);
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(seconds) ? seconds : null;
  const said = response.headers.get("content-type")?.includes("json") ? await bodyOf(response) : null;
  return new ApiProblem({
    status: response.status,
    code: said?.code ?? `HTTP_${response.status}`,
    detail: said?.detail ?? `The server answered ${response.status} ${response.statusText}`.trimEnd(),
    ...(said?.errors && { errors: said.errors }),
    ...(said?.deliveries && { deliveries: said.deliveries }),
    retryAfterSeconds,
  });
}

async function bodyOf(response: Response): Promise<Partial<Problem> | null> {
  try {
    return (await response.json()) as Partial<Problem>;
  } catch {
    return null;
  }
}
