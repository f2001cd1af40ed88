// The entry in the status bar: what goes on, the model, the sandbox; and the context keys that
// say when a command makes sense.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { commands, Disposable, MarkdownString, StatusBarAlignment, ThemeColor, window, workspace } from "vscode";
import type { Folder } from "./folder";
import type { Folders } from "./folders";
import { counted } from "./review/places";
import type { Review } from "./review/review";

export function statusBar(folders: Folders, review: Review): Disposable {
  const item = window.createStatusBarItem("tiro.status", StatusBarAlignment.Right, 90);
  item.name = "Tiro";
  item.command = "tiro.menu";
  const sandboxes = new Map<string, string>();
  const update = (): void => {
    const { shown, state } = folders;
    const changes = review.undecided.length;
    const questions = shown?.known.questions.length ?? 0;
    const waiting = [
      ...(questions > 0 ? [counted(questions, "question")] : []),
      ...(changes > 0 ? [counted(changes, "change")] : []),
    ].join(", ");
    const model = state.model ?? "Tiro";
    const icon = { starting: "loading~spin", ready: "sparkle", ended: "circle-slash", missing: "warning", untrusted: "shield", noFolder: "sparkle" }[state.server];
    const isBusy = state.server === "ready" && state.running && questions === 0;
    item.text = `$(${isBusy ? "loading~spin" : icon}) ${state.server === "ready" ? model : "Tiro"}${waiting === "" ? "" : `: ${waiting}`}`;
    item.backgroundColor = questions > 0 ? new ThemeColor("statusBarItem.warningBackground") : state.server === "missing" ? new ThemeColor("statusBarItem.errorBackground") : undefined;
    item.accessibilityInformation = { label: `Tiro: ${words(folders)}${waiting === "" ? "" : `, ${waiting}`}` };
    item.tooltip = tooltip(folders, shown && sandboxes.get(shown.root.uri.toString()));
    void context("tiro.running", state.running);
    void context("tiro.hasChanges", changes > 0);
    void context("tiro.hasQuestions", questions > 0);
    void context("tiro.severalFolders", folders.all.length > 1);
    if (shown?.server === "ready" && !sandboxes.has(shown.root.uri.toString())) {
      sandboxes.set(shown.root.uri.toString(), "");
      void sandbox(shown).then((status) => {
        sandboxes.set(shown.root.uri.toString(), status);
        update();
      });
    }
  };
  const listeners = [folders.onChange(update), folders.onReset(update), review.onChange(update)];
  update();
  item.show();
  return Disposable.from(item, ...listeners);
}

async function context(key: string, value: unknown): Promise<void> {
  await commands.executeCommand("setContext", key, value);
}

function words(folders: Folders): string {
  const { state } = folders;
  switch (state.server) {
    case "starting":
      return state.problem ?? "starts";
    case "ready":
      return state.running ? "a task runs" : "ready";
    case "ended":
      return state.problem ?? "not running";
    case "missing":
    case "untrusted":
    case "noFolder":
      return state.problem ?? "cannot run here";
  }
}

function tooltip(folders: Folders, sandbox: string | undefined): MarkdownString {
  const { shown, state } = folders;
  const text = new MarkdownString();
  text.appendMarkdown("**Tiro**: ").appendText(words(folders));
  if (shown && folders.all.length > 1) text.appendMarkdown("\n\nFolder: ").appendText(shown.root.name);
  if (state.model !== undefined) text.appendMarkdown("\n\nModel: ").appendText(`${state.model}${shown?.known.provider === undefined ? "" : ` at ${shown.known.provider}`}`);
  if (sandbox !== undefined && sandbox !== "") text.appendMarkdown("\n\nSandbox: ").appendText(sandbox);
  const tokens = shown?.known.tokens;
  if (tokens) text.appendMarkdown(`\n\nTokens: ${tokens.total_tokens.toLocaleString()}`);
  return text;
}

/** What the sandbox enforces here, in a few words. */
async function sandbox(folder: Folder): Promise<string> {
  const program = folder.program();
  if (program === undefined || !workspace.isTrusted) return "";
  try {
    const { stdout } = await promisify(execFile)(program, ["sandbox", "--status"], { timeout: 10_000 });
    return stdout.split("\n")[0]?.replace(/^sandbox: /, "") ?? "";
  } catch {
    return "";
  }
}
