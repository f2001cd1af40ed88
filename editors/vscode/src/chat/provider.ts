// The chat view: its page, what it is told, and what it asks for. What it shows is its own.

import { randomBytes } from "node:crypto";
import { commands, env, Position, Range, Selection, Uri, window, workspace, type Disposable, type Webview, type WebviewView, type WebviewViewProvider } from "vscode";
import type { FromView, ToView } from "./messages";
import { CodeInserts } from "./code";
import { complete, resolve } from "./complete";
import { page } from "./html";
import { slash } from "./mentions";
import type { Folder } from "../folder";
import type { Folders } from "../folders";
import { Pace } from "../session/pace";

export const VIEW = "tiro.chat";

/** Commands that the view may run. */
const COMMANDS = new Set<string>([
  "tiro.sessions",
  "tiro.newSession",
  "tiro.stop",
  "tiro.turnDiff",
  "tiro.model",
  "tiro.grants",
  "tiro.restore",
  "tiro.doctor",
  "tiro.log",
  "tiro.restart",
  "tiro.setApiKey",
  "tiro.openSettings",
  "workbench.action.files.openFolder",
  "workbench.trust.manage",
]);

export class Chat implements WebviewViewProvider, Disposable {
  readonly #disposables: Disposable[];
  readonly #pace = new Pace((events) => {
    this.#post({ type: "events", events });
  });
  readonly #code = new CodeInserts();
  #view: WebviewView | undefined;
  /** It has said that it can take messages. */
  #isReady = false;
  /** What is to be put into the prompt once it can. */
  #waiting: ToView[] = [];

  constructor(
    private readonly extension: Uri,
    private readonly folders: Folders,
    private readonly openDiff: (folder: Folder, callId: string, path: string) => Promise<void>,
  ) {
    this.#disposables = [
      this.#code,
      folders.onEvent(({ folder, event }) => {
        if (folder === folders.shown && this.#isReady) this.#pace.add(event);
      }),
      folders.onChange(({ changes }) => {
        if (changes.has("state")) this.#post({ type: "state", state: folders.state });
      }),
      folders.onReset(() => {
        this.#reset();
      }),
    ];
  }

  /** Whether the person sees it. */
  get isVisible(): boolean {
    return this.#view?.visible ?? false;
  }

  resolveWebviewView(view: WebviewView): void {
    this.#view = view;
    this.#isReady = false;
    const dist = Uri.joinPath(this.extension, "dist");
    view.webview.options = { enableScripts: true, localResourceRoots: [dist] };
    view.webview.onDidReceiveMessage((message: FromView) => {
      void this.#receive(message);
    });
    view.onDidDispose(() => {
      if (this.#view === view) this.#view = undefined;
      this.#isReady = false;
      this.#pace.clear();
    });
    view.webview.html = this.#page(view.webview, dist);
    this.folders.shown?.start().catch(() => undefined);
  }

  /** Brings it to the front. */
  async show(): Promise<void> {
    if (this.#view) this.#view.show(false);
    else await commands.executeCommand(`${VIEW}.focus`);
  }

  /** Puts a text into the prompt, once there is one. */
  async insert(text: string): Promise<void> {
    this.#later({ type: "insert", text, focus: true });
    await this.show();
  }

  async focus(): Promise<void> {
    this.#later({ type: "focus" });
    await this.show();
  }

  dispose(): void {
    this.#pace.clear();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #page(webview: Webview, dist: Uri): string {
    return page({
      source: webview.cspSource,
      nonce: randomBytes(18).toString("base64url"),
      script: webview.asWebviewUri(Uri.joinPath(dist, "view.js")).toString(),
      style: webview.asWebviewUri(Uri.joinPath(dist, "view.css")).toString(),
      language: env.language,
    });
  }

  #post(message: ToView): void {
    if (this.#isReady) void this.#view?.webview.postMessage(message);
  }

  #later(message: ToView): void {
    if (this.#isReady) this.#post(message);
    else this.#waiting.push(message);
  }

  #reset(): void {
    this.#pace.clear();
    this.#post({ type: "state", state: this.folders.state });
    this.#post({ type: "reset", events: [...(this.folders.shown?.log.events ?? [])] });
  }

  async #receive(message: FromView): Promise<void> {
    try {
      await this.#act(message);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if ("request" in message) this.#post({ type: "failed", request: message.request, message: text });
      else void window.showErrorMessage(`Tiro: ${text}`);
    }
  }

  async #act(message: FromView): Promise<void> {
    switch (message.type) {
      case "ready": {
        this.#isReady = true;
        this.#reset();
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const one of waiting) this.#post(one);
        return;
      }
      case "op":
        await this.#folder().request(message.op);
        return;
      case "say": {
        const [only] = message.items;
        const command = message.items.length === 1 && only?.type === "text" ? slash(only.text) : undefined;
        if (command !== undefined) {
          await commands.executeCommand(command);
          return;
        }
        const folder = this.#folder();
        await folder.say(message.items, await resolve(folder, message.items));
        return;
      }
      case "resend": {
        const folder = this.#folder();
        await folder.resend(message.turn, message.items, await resolve(folder, message.items));
        return;
      }
      case "complete": {
        const folder = this.folders.shown;
        const items = folder ? await complete(folder, message.text) : [];
        this.#post({ type: "completions", request: message.request, items });
        return;
      }
      case "copy":
        await env.clipboard.writeText(message.text);
        return;
      case "insertCode":
        await this.#code.insert(message.text);
        return;
      case "compareCode":
        await this.#code.compare(message.text);
        return;
      case "open":
        await open(this.#folder(), message.path, message.line);
        return;
      case "openDiff":
        await this.openDiff(this.#folder(), message.callId, message.path);
        return;
      case "openLink":
        if (/^https?:/i.test(message.href)) await env.openExternal(Uri.parse(message.href, true));
        return;
      case "command":
        if (COMMANDS.has(message.command)) await commands.executeCommand(message.command);
        return;
    }
  }

  #folder(): Folder {
    const folder = this.folders.shown;
    const { problem } = this.folders.state;
    if (!folder || !workspace.isTrusted) throw new Error(problem ?? "no folder is open");
    return folder;
  }
}

/** Opens a file of the folder, at a 1-based line. */
async function open(folder: Folder, path: string, line?: number): Promise<void> {
  const isAbsolute = path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
  const uri = isAbsolute ? folder.uri(path) : Uri.joinPath(folder.root.uri, path);
  const editor = await window.showTextDocument(uri, { preview: true });
  if (line !== undefined) {
    const at = new Position(Math.min(Math.max(line - 1, 0), editor.document.lineCount - 1), 0);
    editor.selection = new Selection(at, at);
    editor.revealRange(new Range(at, at));
  }
}
