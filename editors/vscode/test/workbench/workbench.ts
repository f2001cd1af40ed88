// A whole VS Code in a browser: code-server with the extension that was packaged, the real server,
// and a model that a test scripts.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium, type Browser, type FrameLocator, type Locator, type Page } from "playwright-core";
import { Model } from "./model";

const target = process.env["TIRO_TARGET"] ?? join(process.cwd(), "..", "..", "target");
const editor = process.env["TIRO_CODE_SERVER"] ?? join(target, "editors", "code-server");
const server = process.env["TIRO_BINARY"] ?? join(target, "debug", "tiro");
export const shots = join(target, "vscode", "workbench");

const absent = [join(editor, "ready"), server].find((path) => !existsSync(path));

/** For `test`: skipped without a VS Code, which on the machine that decides is a failure. */
export const needsWorkbench = {
  skip: absent !== undefined && process.env["CI"] !== "true" ? `SKIPPED: there is no ${absent}; make setup` : false,
  timeout: 240_000,
} as const;

export interface Options {
  files: Record<string, string>;
  /** Asked about trust, as VS Code does by default. */
  trust?: boolean;
  settings?: Record<string, unknown>;
  /** Opened with no folder. */
  noFolder?: boolean;
}

export class Workbench {
  readonly errors: string[] = [];

  private constructor(
    readonly home: string,
    readonly model: Model,
    private readonly child: ChildProcess,
    private readonly browser: Browser,
    readonly page: Page,
    private readonly address: string,
  ) {}

  static async open({ files, trust = false, settings = {}, noFolder = false }: Options): Promise<Workbench> {
    const home = mkdtempSync(join(tmpdir(), "tiro-vscode-"));
    const model = await Model.start();
    write(join(home, "work"), files);
    configure(home, model.url, { "security.workspace.trust.enabled": trust, ...settings });
    const vsix = readdirSync(target).find((name) => /^tiro-\d.*\.vsix$/.test(name) && !/linux|darwin|win32/.test(name));
    if (vsix === undefined) throw new Error(`there is no VSIX in ${target}: make vscode`);
    const port = await freePort();
    const program = join(editor, "node");
    const entry = join(editor, "server", "node_modules", "code-server", "out", "node", "entry.js");
    const common = ["--user-data-dir", join(home, "data"), "--extensions-dir", join(home, "extensions"), "--config", join(home, "none.yaml")];
    const environment = environmentOf(home);
    write(home, { "none.yaml": "" });
    execFileSync(program, [entry, ...common, "--install-extension", join(target, vsix)], { env: environment, stdio: "pipe", timeout: 120_000 });
    const args = [entry, ...common, "--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
    if (!trust) args.push("--disable-workspace-trust");
    const child = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const log: string[] = [];
    child.stdout.on("data", (data: Buffer) => log.push(data.toString()));
    child.stderr.on("data", (data: Buffer) => log.push(data.toString()));
    const address = `http://127.0.0.1:${port}`;
    await answers(`${address}/healthz`, log);
    const browser = await chromium.launch({ executablePath: join(editor, "chromium"), args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, permissions: ["clipboard-read", "clipboard-write"] });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const url = noFolder ? `${address}/?ew=true` : `${address}/?folder=${join(home, "work")}`;
    const workbench = new Workbench(home, model, child, browser, page, url);
    page.on("pageerror", (error) => workbench.errors.push(error.message));
    await workbench.load();
    return workbench;
  }

  /** Opens the window, or opens it again. */
  async load(): Promise<void> {
    await this.page.goto(this.address);
    await this.page.locator(".monaco-workbench .statusbar").waitFor({ timeout: 90_000 });
    await this.page.locator(".statusbar-item", { hasText: /scripted|Tiro/ }).first().waitFor({ timeout: 90_000 });
  }

  path(name: string): string {
    return join(this.home, "work", name);
  }

  /** Runs a command of the palette by its name. */
  async run(name: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input");
    await input.waitFor();
    await input.fill(`>${name}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  async openFile(name: string): Promise<void> {
    // Opened to stay, and focused.
    await this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).dblclick();
    await this.page.locator(`.tab.active[data-resource-name="${name}"]`).first().waitFor();
    await this.page.locator(".editor-group-container.active .monaco-editor:not(.modified-in-monaco-diff-editor) .view-lines").first().click();
  }

  /** The chat's own document. */
  get chat(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  }

  async openChat(): Promise<void> {
    await this.run("Tiro: Open Chat");
    await this.prompt.waitFor({ timeout: 90_000 });
  }

  get prompt(): Locator {
    return this.chat.locator("textarea[aria-label='Message to Tiro']");
  }

  async say(text: string): Promise<void> {
    await this.prompt.fill(text);
    await this.prompt.press("Enter");
  }

  /** The text of the editor that is focused, as it is drawn. */
  get lines(): Locator {
    return this.page.locator(".editor-group-container.active .view-lines").first();
  }

  notification(text: RegExp | string): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text }).first();
  }

  async shot(name: string): Promise<void> {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.browser.close().catch(() => undefined);
    await ended(this.child);
    this.model.stop();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** The settings of VS Code and of the server. */
function configure(home: string, url: string, settings: Record<string, unknown>): void {
  write(home, {
    "tiro/config.toml": `model = "scripted"\nmodel_provider = "scripted"\n\n[model_providers.scripted]\nbase_url = "${url}"\nwire_api = "chat"\n`,
    // Where the program is, is a setting of the machine that it runs on.
    "data/Machine/settings.json": JSON.stringify({ "tiro.server.path": server }),
    "server/data/Machine/settings.json": JSON.stringify({ "tiro.server.path": server }),
    "data/User/settings.json": JSON.stringify({
      "workbench.startupEditor": "none",
      "workbench.tips.enabled": false,
      "window.autoDetectColorScheme": false,
      "telemetry.telemetryLevel": "off",
      "extensions.autoCheckUpdates": false,
      "chat.disableAIFeatures": true,
      "files.autoSave": "off",
      ...settings,
    }),
  });
}

/** What a person would have in their home directory is elsewhere. */
function environmentOf(home: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: home,
    TIRO_HOME: join(home, "tiro"),
    TIRO_STATE_HOME: join(home, "state"),
    XDG_DATA_HOME: join(home, "share"),
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_CACHE_HOME: join(home, "cache"),
  };
}

export interface Outcome {
  name: string;
  problem?: string;
}

/** Runs the tests of `test/host` in the extension host; gives what came of each. */
export async function runInHost(files: Record<string, string>): Promise<Outcome[]> {
  const home = mkdtempSync(join(tmpdir(), "tiro-host-"));
  const [port, modelPort] = [await freePort(), await freePort()];
  const result = join(home, "result.json");
  write(join(home, "work"), files);
  configure(home, `http://127.0.0.1:${modelPort}/v1`, {});
  const main = join(editor, "server", "node_modules", "code-server", "lib", "vscode", "out", "server-main.js");
  const args = [
    ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token", "--accept-server-license-terms"],
    ...["--telemetry-level", "off", "--disable-workspace-trust", "--enable-smoke-test-driver"],
    ...["--server-data-dir", join(home, "server"), "--user-data-dir", join(home, "data"), "--extensions-dir", join(home, "extensions")],
  ];
  const environment = { ...environmentOf(home), TIRO_TEST_PORT: String(modelPort), TIRO_TEST_RESULT: result };
  const child = spawn(join(editor, "node"), [main, ...args], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const log: string[] = [];
  child.stdout.on("data", (data: Buffer) => log.push(data.toString()));
  child.stderr.on("data", (data: Buffer) => log.push(data.toString()));
  let browser: Browser | undefined;
  try {
    await answers(`http://127.0.0.1:${port}/version`, log);
    browser = await chromium.launch({ executablePath: join(editor, "chromium"), args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    const page = await browser.newPage();
    const remote = (path: string): string => `vscode-remote://127.0.0.1:${port}${path}`;
    const payload = [
      ["extensionDevelopmentPath", remote(process.cwd())],
      ["extensionTestsPath", remote(join(process.cwd(), "out", "host.js"))],
    ];
    await page.goto(`http://127.0.0.1:${port}/?folder=${join(home, "work")}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
    const end = Date.now() + 200_000;
    while (!existsSync(result)) {
      if (Date.now() > end) {
        mkdirSync(shots, { recursive: true });
        await page.screenshot({ path: join(shots, "host-failed.png") });
        throw new Error(`the tests in the extension host did not end:\n${log.slice(-20).join("")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return JSON.parse(readFileSync(result, "utf8")) as Outcome[];
  } finally {
    await browser?.close().catch(() => undefined);
    await ended(child);
    rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Ends a process, gently first. */
async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  if (!child.kill("SIGTERM")) return;
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(timer);
}

function write(root: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** Until it answers. */
async function answers(url: string, log: string[]): Promise<void> {
  const end = Date.now() + 90_000;
  for (;;) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // It does not listen yet.
    }
    if (Date.now() > end) throw new Error(`code-server does not answer:\n${log.join("")}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
