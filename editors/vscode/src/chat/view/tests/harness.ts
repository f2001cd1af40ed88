// A page like that of a webview in VS Code, in a real browser: the bundle under the strict
// policy, the variables of a theme, and the editor's side played by the test.

import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import type { EventMsg } from "../../../protocol";
import { view as options } from "../../../../scripts/bundles.mjs";
import { page as documentOf } from "../../html";
import type { FromView, LocalMsg, SessionEvent, SessionState, ToView } from "../../messages";
import { themes, type ThemeName } from "./themes";

const ORIGIN = "http://view.test";
/** Over the policy of the page itself: no text ever becomes HTML or a script, and no style stands in the markup. */
const POLICY = `style-src ${ORIGIN}; require-trusted-types-for 'script'; trusted-types 'none'`;

/** Where the browser is; undefined where there is none. */
export const browserPath = [process.env["TIRO_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path): path is string => path !== undefined && existsSync(path),
);

/** For `test`: skipped without a browser, which on the machine that decides is a failure. */
export const needsBrowser = {
  skip: browserPath === undefined && process.env["CI"] !== "true" ? "SKIPPED: no chromium; set TIRO_CHROMIUM" : false,
} as const;

export const shots = join(process.cwd(), "..", "..", "target", "vscode", "view");

export interface Bundle {
  script: string;
  style: string;
}

/** The view as it is shipped. */
export async function bundle(): Promise<Bundle> {
  const built = await build({ ...options, minify: true, write: false });
  const of = (ending: string) => built.outputFiles.find((file) => file.path.endsWith(ending))?.text ?? "";
  return { script: of(".js"), style: of(".css") };
}

export async function launch(): Promise<Browser> {
  if (browserPath === undefined) throw new Error("no browser: install the Debian package chromium, or set TIRO_CHROMIUM");
  return await chromium.launch({
    executablePath: browserPath,
    args: ["--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc", "--enable-precise-memory-info"],
  });
}

export interface Options {
  theme?: ThemeName;
  width?: number;
  height?: number;
  state?: Partial<SessionState>;
  /** What an earlier page kept. */
  kept?: unknown;
  /** What happened before. */
  events?: (EventMsg | LocalMsg)[];
  reducedMotion?: boolean;
}

interface TestWindow {
  sent: FromView[];
  kept: unknown;
  violations: string[];
}

declare global {
  interface Window {
    tiroTest: TestWindow;
  }
}

export const ready: SessionState = { server: "ready", root: "/home/me/shop", rootName: "shop", model: "qwen2.5-coder", running: false };

/** The editor's side of a page. */
export class View {
  /** Requests that left the page: there must be none. */
  readonly requests: string[] = [];
  readonly errors: string[] = [];

  constructor(
    readonly page: Page,
    private state: SessionState,
  ) {}

  async post(...messages: ToView[]): Promise<void> {
    await this.page.evaluate((all) => {
      for (const message of all) window.postMessage(message, "*");
    }, messages);
    await this.settle();
  }

  async events(...msgs: (EventMsg | LocalMsg)[]): Promise<void> {
    await this.post({ type: "events", events: of(msgs) });
  }

  async set(state: Partial<SessionState>): Promise<void> {
    this.state = { ...this.state, ...state };
    await this.post({ type: "state", state: this.state });
  }

  /** Until what was posted is drawn: messages are taken in within a frame, and drawn in the next. */
  async settle(frames = 4): Promise<void> {
    await this.page.evaluate(async (count) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      for (let frame = 0; frame < count; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
    }, frames);
  }

  /** What the view posted, without `ready`, of one type. */
  async sent<Type extends FromView["type"]>(type: Type): Promise<Extract<FromView, { type: Type }>[]> {
    const all = await this.page.evaluate(() => window.tiroTest.sent);
    return all.filter((message): message is Extract<FromView, { type: Type }> => message.type === type);
  }

  async kept(): Promise<unknown> {
    return await this.page.evaluate(() => window.tiroTest.kept);
  }

  /** What went against the policy of the page, threw, or left it. */
  async faults(): Promise<string[]> {
    const violations = await this.page.evaluate(() => window.tiroTest.violations);
    return [...violations, ...this.errors, ...this.requests.map((url) => `request: ${url}`)];
  }

  async shot(name: string): Promise<void> {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }
}

export function of(msgs: readonly (EventMsg | LocalMsg)[]): SessionEvent[] {
  return msgs.map((msg) => ({ id: "1", msg }));
}

/** Opens the view in a page of its own. */
export async function open(browser: Browser, { script, style }: Bundle, options: Options = {}): Promise<View> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 400, height: options.height ?? 760 },
    reducedMotion: options.reducedMotion === false ? "no-preference" : "reduce",
  });
  const page = await context.newPage();
  const state: SessionState = { ...ready, ...options.state };
  const view = new View(page, state);
  page.on("pageerror", (error) => view.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") view.errors.push(message.text());
  });
  await page.route("**/*", async (route) => {
    const url = route.request().url();
    if (url === `${ORIGIN}/`) {
      const html = documentOf({ source: ORIGIN, nonce: "of-the-test", script: "view.js", style: "view.css", language: "en" });
      await route.fulfill({ contentType: "text/html", headers: { "content-security-policy": POLICY }, body: html });
    } else if (url === `${ORIGIN}/view.js`) await route.fulfill({ contentType: "text/javascript", body: script });
    else if (url === `${ORIGIN}/view.css`) await route.fulfill({ contentType: "text/css", body: style });
    else {
      view.requests.push(url);
      await route.abort();
    }
  });
  const theme = themes[options.theme ?? "dark"];
  await page.addInitScript(
    ({ variables, kind, kept }) => {
      const test: TestWindow = { sent: [], kept, violations: [] };
      window.tiroTest = test;
      Object.assign(window, {
        acquireVsCodeApi: () => ({
          postMessage: (message: FromView) => test.sent.push(structuredClone(message)),
          getState: () => test.kept,
          setState: (value: unknown) => {
            test.kept = structuredClone(value);
          },
        }),
      });
      document.addEventListener("securitypolicyviolation", (event) => {
        test.violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
      });
      document.addEventListener("DOMContentLoaded", () => {
        for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(`--vscode-${name}`, value);
        document.body.className = kind;
        document.body.style.backgroundColor = "var(--vscode-sideBar-background)";
      });
    },
    { variables: theme.variables, kind: theme.kind, kept: options.kept },
  );
  await page.goto(`${ORIGIN}/`);
  await view.post({ type: "state", state }, { type: "reset", events: of(options.events ?? []) });
  return view;
}
