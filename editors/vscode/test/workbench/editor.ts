// A whole VS Code: code-server with the extension that was packaged, the real server, a model that
// a test scripts, and a browser in which windows are opened. What a person does in one is beside this.

import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { Model } from "./model";
import { installed, packages, server } from "./places";
import { serversOf, type Started } from "./processes";
import { Window } from "./window";

export interface Options {
  /** The VSIX that is installed; none for tests in the extension host. */
  vsix?: string;
  /** Asked about trust, as VS Code does by default. */
  trust?: boolean;
  /** Settings of the machine, such as where the program is. */
  machine?: Record<string, unknown>;
}

/** Seconds that what belongs to a window lives on without it, which VS Code counts in hours: the
 * last message of a page that is closed does not always arrive. */
const GRACE = 10;

export class Editor {
  readonly #windows: Window[] = [];

  private constructor(
    readonly home: string,
    readonly model: Model,
    private readonly child: ChildProcess,
    private readonly browser: Browser,
    private readonly context: BrowserContext,
    readonly address: string,
  ) {}

  static async start({ vsix, trust = false, machine = { "tiro.server.path": server } }: Options): Promise<Editor> {
    const home = mkdtempSync(join(tmpdir(), "tiro-vscode-"));
    const model = await Model.start();
    const port = await freePort();
    // Tests in the extension host have a model of their own, which they tell what to say.
    const own = vsix === undefined ? await freePort() : undefined;
    const environment = { ...environmentOf(home), TIRO_TEST_HOME: home, TIRO_TEST_MODEL: String(own) };
    configure(home, own === undefined ? model.url : `http://127.0.0.1:${own}/v1`, machine, trust);
    const entry = vsix === undefined ? join(packages, "lib", "vscode", "out", "server-main.js") : join(packages, "out", "node", "entry.js");
    const common = ["--user-data-dir", join(home, "data"), "--extensions-dir", join(home, "extensions"), "--reconnection-grace-time", String(GRACE)];
    if (vsix === undefined) {
      // Tests in the extension host are named by the address of the page; code-server's own command takes no such option.
      common.push("--server-data-dir", join(home, "data"), "--host", "127.0.0.1", "--port", String(port), "--without-connection-token");
      common.push("--accept-server-license-terms", "--telemetry-level", "off", "--enable-smoke-test-driver");
    } else {
      common.push("--config", join(home, "none.yaml"));
      execFileSync(join(installed, "node"), [entry, ...common, "--install-extension", vsix], { env: environment, stdio: "pipe", timeout: 120_000 });
      common.push("--bind-addr", `127.0.0.1:${port}`, "--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override");
    }
    if (!trust) common.push("--disable-workspace-trust");
    const child = spawn(join(installed, "node"), [entry, ...common], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const log: string[] = [];
    child.stdout.on("data", (data: Buffer) => log.push(data.toString()));
    child.stderr.on("data", (data: Buffer) => log.push(data.toString()));
    const address = `http://127.0.0.1:${port}`;
    const launched = chromium.launch({ executablePath: join(installed, "chromium"), args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
    await answers(`${address}/version`, log);
    const browser = await launched;
    const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, permissions: ["clipboard-read", "clipboard-write"] });
    context.setDefaultTimeout(60_000);
    return new Editor(home, model, child, browser, context, address);
  }

  /** Opens a window on a new folder of this name with these files; none opens it on no folder. */
  async open(folder: string, files?: Record<string, string>): Promise<Window> {
    if (files) write(join(this.home, folder), files);
    return this.window(files ? `?folder=${join(this.home, folder)}` : "?ew=true", join(this.home, folder));
  }

  /** Opens one more window on a folder that is there. */
  async window(query: string, folder: string): Promise<Window> {
    const window = new Window(this, await this.context.newPage(), `${this.address}/${query}`, folder);
    this.#windows.push(window);
    await window.load();
    return window;
  }

  /** The address of a window whose extension host loads the extension of a directory, and runs these tests. */
  hosting(query: string, extension: string, tests: string): string {
    const remote = (path: string): string => `vscode-remote://${new URL(this.address).host}${path}`;
    const payload = [
      ["extensionDevelopmentPath", remote(extension)],
      ["extensionTestsPath", remote(tests)],
    ];
    return `?${query}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
  }

  /** Opens a page of which only what happens in its extension host counts. */
  async page(query: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(`${this.address}/${query}`);
    return page;
  }

  /** Changes the settings of the machine, as a person does who edits the file. */
  machine(settings: Record<string, unknown>): void {
    write(this.home, machineSettings(settings));
  }

  /** Processes of the server that run, for a folder or for any. */
  servers(folder?: string): Started[] {
    return serversOf(this.home, folder);
  }

  /** What went wrong of ours in any window. */
  get errors(): string[] {
    return this.#windows.flatMap(({ errors }) => errors).filter((message) => /tiro/i.test(message));
  }

  async close(): Promise<void> {
    await this.browser.close().catch(() => undefined);
    await ended(this.child);
    this.model.stop();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const USER = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "window.autoDetectColorScheme": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "files.autoSave": "off",
  // What listens on this machine is no business of a test, and VS Code would tell of it.
  "remote.autoForwardPorts": false,
};

/** The settings of VS Code and of the server. */
function configure(home: string, url: string, machine: Record<string, unknown>, trust: boolean): void {
  write(home, {
    "none.yaml": "",
    "tiro/config.toml": `model = "scripted"\nmodel_provider = "scripted"\n\n[model_providers.scripted]\nbase_url = "${url}"\nwire_api = "chat"\nenv_key = "SCRIPTED_KEY"\n`,
    "data/User/settings.json": JSON.stringify({ ...USER, "security.workspace.trust.enabled": trust, "security.workspace.trust.startupPrompt": "never" }),
    ...machineSettings(machine),
  });
}

// The server of VS Code alone has no settings of the person on its disk, so those of the machine have them.
function machineSettings(settings: Record<string, unknown>): Record<string, string> {
  return { "data/Machine/settings.json": JSON.stringify(settings), "data/data/Machine/settings.json": JSON.stringify({ ...USER, ...settings }) };
}

/** What a person would have in their home directory is elsewhere, and no program of ours is on the PATH. */
function environmentOf(home: string): NodeJS.ProcessEnv {
  const path = (process.env["PATH"] ?? "").split(":").filter((place) => !existsSync(join(place, "tiro")));
  return {
    ...process.env,
    PATH: path.join(":"),
    HOME: home,
    TIRO_HOME: join(home, "tiro"),
    TIRO_STATE_HOME: join(home, "state"),
    XDG_DATA_HOME: join(home, "share"),
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_CACHE_HOME: join(home, "cache"),
  };
}

/** Ends a process, gently first. */
async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  if (!child.kill("SIGTERM")) return;
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await gone;
  clearTimeout(timer);
}

export function write(root: string, files: Record<string, string>): void {
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
  await until(`code-server answers:\n${log.join("")}`, async () => {
    try {
      return (await fetch(url)).status < 500;
    } catch {
      // It does not listen yet.
      return false;
    }
  });
}

/** Waits for what no page shows. */
export async function until<T>(what: string, look: () => T | Promise<T>, timeout = 90_000): Promise<NonNullable<T>> {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it never was that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
