// What the port of `millrace dev` answers while there is no app behind it: a page for people, a problem for programs.
import type { IncomingMessage, ServerResponse } from "node:http";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
/** Only styles of its own, told by this nonce: what is shown is text of the app, which may hold anything. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export function brokenPage(
  request: IncomingMessage,
  response: ServerResponse,
  { title, text }: { readonly title: string; readonly text: string },
): void {
  response.setHeader("connection", "close");
  response.setHeader("cache-control", "no-store");
  // A page of another site that made its name lead here must not read what is shown.
  if (!LOOPBACK.test(request.headers.host ?? "")) {
    response.writeHead(403, { "content-type": "text/plain; charset=utf-8" });
    response.end("millrace dev answers to localhost alone\n");
    return;
  }
  response.setHeader("retry-after", "1");
  if (request.headers.accept?.includes("text/html") === true) {
    response.writeHead(503, { "content-type": "text/html; charset=utf-8", "content-security-policy": POLICY, refresh: "2" });
    response.end(html(title, text));
    return;
  }
  response.writeHead(503, { "content-type": "application/problem+json" });
  response.end(
    `${JSON.stringify({ type: "urn:millrace:problem:APP_NOT_RUNNING", title, status: 503, code: "APP_NOT_RUNNING", detail: text })}\n`,
  );
}

function html(title: string, text: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:60rem;padding:0 1rem}
pre{overflow:auto;padding:1rem;border:1px solid;border-radius:.4rem;white-space:pre-wrap;overflow-wrap:anywhere}</style></head>
<body><main><h1>${escaped(title)}</h1>${text === "" ? "" : `<pre>${escaped(text)}</pre>`}<p>This page looks again by itself.</p></main></body></html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
