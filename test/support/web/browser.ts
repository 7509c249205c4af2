// A real browser on the dashboard. Whatever breaks its content security policy, asks another server, or throws, is noted.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { CHROMIUM } from "./global-setup.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
/** Where the set-up has built the dashboard to, for `createServer`. */
export const DASHBOARD = process.env["TEST_DASHBOARD"] ?? path.join(ROOT, "dist-web");
/** Outside of git. */
const SCREENSHOTS = path.join(ROOT, "node_modules/.cache/millrace-web");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WAIT_MS = 15_000;

export interface Wishes {
  readonly url: string;
  readonly theme?: "light" | "dark";
  /** Of a phone: 360 pixels wide. */
  readonly isPhone?: boolean;
}

export class Chromium implements AsyncDisposable {
  readonly #browser: Browser;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<Chromium> {
    return new Chromium(await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, headless: true }));
  }

  /** A tab of its own, with storage of its own. */
  async open({ url, theme = "light", isPhone = false }: Wishes): Promise<Tab> {
    const options: BrowserContextOptions = {
      colorScheme: theme,
      reducedMotion: "reduce",
      viewport: isPhone ? { width: 360, height: 740 } : { width: 1280, height: 860 },
      hasTouch: isPhone,
      locale: "en-GB",
      timezoneId: "UTC",
    };
    const context = await this.#browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const tab = new Tab(page, new URL(url).origin);
    await tab.watch();
    await page.goto(url);
    return tab;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

export class Tab implements AsyncDisposable {
  readonly page: Page;
  readonly #origin: string;
  /** What should not have happened, in words. */
  readonly #wrongs: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    this.#origin = origin;
  }

  async watch(): Promise<void> {
    this.page.on("pageerror", (error) => this.#wrongs.push(`error: ${error.message}`));
    this.page.on("dialog", (dialog) => {
      this.#wrongs.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    this.page.on("popup", (popup) => this.#wrongs.push(`window: ${popup.url()}`));
    this.page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== this.#origin && protocol !== "data:" && protocol !== "blob:") this.#wrongs.push(`request: ${request.url()}`);
    });
    await this.page.exposeFunction("noteViolation", (what: string) => this.#wrongs.push(`policy: ${what}`));
    await this.page.addInitScript(`
      document.addEventListener("securitypolicyviolation", (event) =>
        noteViolation(event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile + ":" + event.lineNumber));
    `);
  }

  /** Nothing broke the policy, asked others, opened windows or threw. */
  expectNoWrongs(): void {
    assert.deepEqual(this.#wrongs, []);
  }

  /** Goes to an address of the dashboard without loading it anew would be a link: this loads it. */
  async goTo(at: string): Promise<void> {
    await this.page.goto(`${this.#origin}${at}`);
  }

  /** By the rules of WCAG 2.2 A and AA, and the best practices of axe. */
  async expectAccessible(): Promise<void> {
    // By the debugger: the policy of the page lets no script in.
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate<readonly Violation[]>(`
      axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
        violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.slice(0, 5).map(({ target, failureSummary }) => target.join(" ") + ": " + failureSummary) })))
    `);
    assert.deepEqual(found, [], JSON.stringify(found, null, 1));
  }

  async expectNoSidewaysScroll(): Promise<void> {
    const [wide, seen] = await this.page.evaluate<readonly [number, number]>(
      "[document.documentElement.scrollWidth, document.documentElement.clientWidth]",
    );
    const culprits = await this.page.evaluate<readonly string[]>(
      `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(e).position !== "fixed").slice(0, 5).map((e) => e.tagName + "." + e.className)`,
    );
    assert.ok(wide <= seen, `${wide} pixels of ${seen}: ${culprits.join(", ")}`);
  }

  /** For people to look at. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const context = this.page.context();
    // What still answers a request has nobody to answer, and is no failure of the test.
    for (const page of context.pages()) await page.unrouteAll({ behavior: "ignoreErrors" });
    await context.close();
  }
}

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly string[];
}
