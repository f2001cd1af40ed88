// One window of VS Code, and what a person does in it.

import { mkdirSync, readFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Locator, Page } from "playwright-core";
import type { Editor } from "./editor";
import type { Turn } from "./model";
import { target } from "./places";

export const shots = join(target, "vscode", "workbench");

/** Milliseconds that a window may take to be there, on a machine that is busy. */
const LOADED = 90_000;

export class Window {
  readonly errors: string[] = [];

  constructor(
    readonly editor: Editor,
    readonly page: Page,
    private readonly address: string,
    readonly folder: string,
  ) {
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  /** Opens the window, or opens it again; until the extension is there. */
  async load(): Promise<void> {
    await this.page.goto(this.address);
    await this.page.locator(".monaco-workbench .statusbar").waitFor({ timeout: LOADED });
    await this.status.first().waitFor({ timeout: LOADED });
  }

  /** The entry of ours in the status bar. */
  get status(): Locator {
    return this.page.locator("[id='tiro.tiro.tiro.status']");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A file as it is on the disk; nothing where there is none. */
  onDisk(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
  }

  /** Runs a command of the palette by its name. */
  async run(name: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input");
    await this.page.keyboard.press("F1");
    await input.waitFor();
    await input.fill(`>${name}`);
    await this.choose(name);
  }

  /** Takes an entry of the list that is open above the editor. */
  async choose(label: string): Promise<void> {
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: label }).first().click();
  }

  /** Writes into the input that is open above the editor. */
  async answer(text: string): Promise<void> {
    await this.page.locator(".quick-input-widget input").fill(text);
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
    await this.prompt.waitFor({ timeout: LOADED });
  }

  /** With the chat there and no task running, whatever was before. */
  async settle(): Promise<void> {
    if (!(await this.prompt.isVisible())) await this.openChat();
    const stop = this.chat.locator("button.stop");
    if (!(await stop.isVisible())) return;
    await stop.click();
    await stop.waitFor({ state: "detached" });
  }

  get prompt(): Locator {
    return this.chat.locator("textarea[aria-label='Message to Tiro']");
  }

  /** Says something, which the model answers with this. */
  async say(text: string, ...turns: Turn[]): Promise<void> {
    if (turns.length > 0) this.editor.model.script(...turns);
    await this.prompt.fill(text);
    await this.prompt.press("Enter");
  }

  /** What the model said, once it stands there. */
  async said(text: string): Promise<void> {
    await this.chat.locator("article.message", { hasText: text }).last().waitFor();
  }

  /** The question that stands in the chat, and one of its answers. */
  get question(): Locator {
    return this.chat.locator("article.question");
  }

  async decide(decision: "approved" | "approved_for_session" | "denied"): Promise<void> {
    await this.question.locator(`.answer.is-${decision}`).first().click();
  }

  /** The text of the editor that is focused, as it is drawn. */
  get lines(): Locator {
    return this.page.locator(".editor-group-container.active .view-lines").first();
  }

  lens(text: string): Locator {
    return this.page.locator(".codelens-decoration a", { hasText: text });
  }

  notification(text: RegExp | string): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text }).first();
  }

  async shot(name: string): Promise<void> {
    mkdirSync(shots, { recursive: true });
    await this.page.screenshot({ path: join(shots, `${name}.png`) });
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}
