// What the palette, the menus and the chat can have done: asking, stopping, sessions, models,
// checkpoints, settings. Each says in a message what keeps it from being done.

import { execFile } from "node:child_process";
import { commands, QuickPickItemKind, window, workspace, type Diagnostic, type Disposable, type QuickPickItem, type Range, type TextDocument, type Uri } from "vscode";
import type { Chat } from "./chat/provider";
import { aboutSelection } from "./chat/complete";
import type { Keys } from "./config/secrets";
import { fileName, type Folder } from "./folder";
import type { Folders } from "./folders";
import type { Checkpoint, SessionSummary } from "./protocol";
import { RUN } from "./requests";
import { counted } from "./review/places";
import { showText } from "./review/diff";

export interface Parts {
  folders: Folders;
  chat: Chat;
  keys: Keys;
  output: { show(preserveFocus?: boolean): void };
}

type Run = (...args: never[]) => Promise<void>;

export function generalCommands(parts: Parts): Disposable[] {
  const { folders, chat, keys, output } = parts;
  const folder = (): Folder => {
    const { state } = folders;
    const current = folders.current();
    if (!current || !workspace.isTrusted) throw new Error(state.problem ?? "no folder is open");
    return current;
  };
  const all: Record<string, Run> = {
    "tiro.ask": async (text?: unknown) => {
      await ask(folder(), folders, chat, typeof text === "string" ? text : undefined);
    },
    "tiro.askSelection": async () => {
      const about = aboutSelection(folder());
      folders.show(folder());
      await chat.insert(about === undefined ? "@file " : `@selection `);
    },
    "tiro.explain": () => atPlace(folder(), folders, chat, "tiro.explain", "Explain"),
    "tiro.writeTest": () => atPlace(folder(), folders, chat, "tiro.writeTest", "Write a test for"),
    "tiro.fix": async (uri?: Uri, range?: Range, diagnostics?: Diagnostic[]) => {
      if (uri && range && diagnostics) await fix(folders, chat, uri, range, diagnostics);
    },
    "tiro.focusChat": () => chat.focus(),
    "tiro.stop": async () => {
      const running = folders.shown?.known.running ? folders.shown : folders.all.find(({ known }) => known.running);
      if (running) await running.request({ type: "interrupt" });
      else void window.showInformationMessage("Tiro: no task runs.");
    },
    "tiro.newSession": async () => {
      const it = folder();
      if (!(await mayEnd(it, "Begin a new session"))) return;
      await it.restart("new");
      await chat.focus();
    },
    "tiro.sessions": () => sessions(folder(), folders, chat),
    "tiro.model": () => model(folder()),
    "tiro.restore": () => restore(folder()),
    "tiro.turnDiff": async () => {
      const { diff } = folder().known;
      if (diff === "") void window.showInformationMessage("Tiro: no task has changed anything.");
      else await showText(diff, "diff");
    },
    "tiro.doctor": () => doctor(folder(), keys),
    "tiro.log": () => {
      output.show();
      return Promise.resolve();
    },
    "tiro.restart": async () => {
      const it = folder();
      if (await mayEnd(it, "Restart the server")) await it.restart("same");
    },
    "tiro.setApiKey": async () => {
      if (!(await keys.ask())) return;
      const started = folders.all.filter(({ server }) => server !== "ended" && server !== "missing");
      if (started.length === 0) return;
      const choice = await window.showInformationMessage("Tiro: the key counts after the server is restarted.", "Restart");
      if (choice !== undefined) await Promise.all(started.map((it) => it.restart("same")));
    },
    "tiro.openSettings": async () => {
      await commands.executeCommand("workbench.action.openSettings", "@ext:tiro.tiro");
    },
    "tiro.selectFolder": () => selectFolder(folders),
    "tiro.menu": () => menu(folders),
    [RUN]: async (root: string, command: string, ...args: unknown[]) => {
      await folders.named(root)?.execute(command, args);
    },
  };
  return Object.entries(all).map(([name, run]) =>
    commands.registerCommand(name, async (...args: never[]) => {
      try {
        await run(...args);
      } catch (error) {
        await failed(error instanceof Error ? error.message : String(error), folders);
      }
    }),
  );
}

/** Says what went wrong, with the button that helps. */
async function failed(message: string, folders: Folders): Promise<void> {
  const { server } = folders.state;
  const help: Record<string, string> =
    server === "missing"
      ? { "Set Path": "tiro.openSettings", "Show Log": "tiro.log" }
      : server === "untrusted"
        ? { "Manage Trust": "workbench.trust.manage" }
        : server === "noFolder"
          ? { "Open Folder": "workbench.action.files.openFolder" }
          : {};
  const choice = await window.showErrorMessage(`Tiro: ${message}`, ...Object.keys(help));
  const command = choice === undefined ? undefined : help[choice];
  if (command !== undefined) await commands.executeCommand(command);
}

async function ask(folder: Folder, folders: Folders, chat: Chat, given?: string): Promise<void> {
  const about = aboutSelection(folder);
  const text =
    given ??
    (await window.showInputBox({
      title: folders.all.length > 1 ? `Tiro: Ask (${folder.root.name})` : "Tiro: Ask",
      prompt: about === undefined ? "What is to be done, or to be known?" : "About the selection: what is to be done, or to be known?",
      ignoreFocusOut: true,
    }));
  if (text === undefined || text.trim() === "") return;
  folders.show(folder);
  if (!chat.isVisible) await chat.show();
  await folder.say([{ type: "text", text: about === undefined ? text : `${text}\n\n${about}` }]);
}

/** Has the server ask the model about the selection, or the line of the cursor. */
async function atPlace(folder: Folder, folders: Folders, chat: Chat, command: string, what: string): Promise<void> {
  const editor = window.activeTextEditor;
  if (!editor) throw new Error("no file is open in the editor");
  const { document, selection } = editor;
  if (!folders.of(document.uri)) throw new Error(notOurs(document));
  folders.show(folder);
  await chat.show();
  const place = { uri: document.uri.toString(), range: plain(selection), diagnostics: [] };
  await folder.execute(command, [place], `${what} ${folder.short(document.uri.fsPath)}, line ${selection.start.line + 1}`);
}

/** Why the server cannot be sent to a document. */
function notOurs({ isUntitled, uri }: TextDocument): string {
  if (isUntitled) return `${fileName(uri.path)} is not saved yet; save it in the folder, or ask in the chat`;
  if (uri.scheme === "vscode-notebook-cell") return `${fileName(uri.path)} is open as a notebook, whose cells are no files; ask in the chat, or open it as text`;
  if (uri.scheme !== "file") return `${fileName(uri.path)} is not on a disk that the server reads; ask in the chat`;
  return `${fileName(uri.fsPath)} is in no folder of the workspace`;
}

async function fix(folders: Folders, chat: Chat, uri: Uri, range: Range, diagnostics: Diagnostic[]): Promise<void> {
  const folder = folders.of(uri);
  if (!folder) throw new Error(`${fileName(uri.fsPath)} is in no folder of the workspace`);
  folders.show(folder);
  await chat.show();
  const told = diagnostics.map((diagnostic) => ({
    range: plain(diagnostic.range),
    severity: diagnostic.severity + 1,
    message: diagnostic.message,
    ...(diagnostic.source === undefined ? {} : { source: diagnostic.source }),
    ...(typeof diagnostic.code === "string" || typeof diagnostic.code === "number" ? { code: diagnostic.code } : {}),
  }));
  const shown = `Fix in ${folder.short(uri.fsPath)}, line ${range.start.line + 1}: ${diagnostics.map(({ message }) => message).join("; ")}`;
  await folder.execute("tiro.fix", [{ uri: uri.toString(), range: plain(range), diagnostics: told }], shown);
}

function plain({ start, end }: Range): { start: { line: number; character: number }; end: { line: number; character: number } } {
  return { start: { line: start.line, character: start.character }, end: { line: end.line, character: end.character } };
}

/** Asks before a running task is ended. */
async function mayEnd(folder: Folder, what: string): Promise<boolean> {
  const open = folder.known.proposals.size;
  if (!folder.known.running && open === 0) return true;
  const loss = folder.known.running ? "The task that runs ends with it." : "What is proposed and undecided is gone with it.";
  return (await window.showWarningMessage(`${what}? ${loss}`, { modal: true }, what)) === what;
}

interface SessionItem extends QuickPickItem {
  session: SessionSummary;
}

async function sessions(folder: Folder, folders: Folders, chat: Chat): Promise<void> {
  const list = folder.ready().then(() => folder.ask({ type: "list_sessions" }, "session_list"));
  const items = list.then(({ sessions: all }) =>
    all.map(
      (session): SessionItem => ({
        label: session.title,
        description: session.id === folder.known.sessionId ? "this one" : ago(session.time),
        detail: `${counted(session.turns, "turn")}, ${session.model}`,
        session,
      }),
    ),
  );
  const picked = await window.showQuickPick(items, { title: "Tiro: Sessions", placeHolder: "Go on with a session", matchOnDetail: true });
  if (!picked) return;
  if (!(await mayEnd(folder, "Go on with it"))) return;
  if (folder.known.running) await stopped(folder);
  folders.show(folder);
  await folder.resume(picked.session.id);
  await chat.focus();
}

/** Ends the task and waits until it has ended. */
async function stopped(folder: Folder): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const listener = folder.onChange(() => {
      if (folder.known.running) return;
      listener.dispose();
      resolve();
    });
    folder.request({ type: "interrupt" }).catch((error: unknown) => {
      listener.dispose();
      reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}

function ago(time: number): string {
  const minutes = Math.max(0, Math.round((Date.now() - time) / 60_000));
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${counted(minutes, "minute")} ago`;
  if (minutes < 60 * 24) return `${counted(Math.round(minutes / 60), "hour")} ago`;
  return new Date(time).toLocaleDateString();
}

async function model(folder: Folder): Promise<void> {
  await folder.ready();
  const other = { label: "Another one…", other: true };
  const list = folder.send("tiro/models", {}).then(
    ({ models, current, provider }) => [
      ...(Array.isArray(models) ? models : []).map((name) => ({
        label: String(name),
        description: name === current ? "this one" : typeof provider === "string" ? provider : "",
        other: false,
      })),
      other,
    ],
    // A provider that lists nothing may still have what one names.
    () => [other],
  );
  const picked = await window.showQuickPick(list, { title: "Tiro: Model", placeHolder: `Now ${folder.known.model ?? "none"}; the session goes on with another` });
  if (!picked) return;
  const name = picked.other ? await window.showInputBox({ title: "Tiro: Model", prompt: "The name of the model at its provider" }) : picked.label;
  if (name === undefined || name.trim() === "") return;
  await folder.execute("tiro.model", [{ model: name.trim() }]);
}

interface CheckpointItem extends QuickPickItem {
  checkpoint: Checkpoint;
}

async function restore(folder: Folder): Promise<void> {
  if (folder.known.running) throw new Error("a task runs; stop it first");
  const list = folder.ready().then(() => folder.ask({ type: "checkpoints" }, "checkpoint_list"));
  const items = list.then(({ checkpoints }) =>
    [...checkpoints].reverse().map(
      (checkpoint): CheckpointItem => ({
        label: `Before: ${checkpoint.title}`,
        description: ago(checkpoint.time),
        detail: checkpoint.files.map(({ path, change }) => `${folder.short(path)} (${change})`).join(", "),
        checkpoint,
      }),
    ),
  );
  const picked = await window.showQuickPick(items, {
    title: "Tiro: Restore",
    placeHolder: "Go back to before a task: it and every later one are undone, what you changed since stays",
    matchOnDetail: true,
  });
  if (!picked) return;
  const done = await folder.ask({ type: "restore", checkpoint: picked.checkpoint.id }, "restore_end");
  if (done.success) {
    const merged = done.merged.length === 0 ? "" : ` In ${done.merged.map((path) => folder.short(path)).join(", ")} your own changes stay.`;
    void window.showInformationMessage(`Tiro: ${counted(done.restored.length + done.merged.length, "file")} restored.${merged} “Tiro: Restore” takes it back as well.`);
  } else {
    const why = done.refused.map(({ path, reason }) => `${folder.short(path)}: ${reason}`).join("; ");
    void window.showWarningMessage(`Tiro: nothing was restored. ${why}`);
  }
}

async function doctor(folder: Folder, keys: Keys): Promise<void> {
  const program = folder.program();
  if (program === undefined) throw new Error(folder.problem ?? "there is no Tiro server on this machine");
  const environment = { ...process.env, ...(await keys.environment()) };
  const text = await new Promise<string>((resolve) => {
    execFile(program, ["doctor", "-C", folder.root.uri.fsPath], { env: environment, timeout: 30_000 }, (error, stdout, stderr) => {
      // It fails where no task could be done, and says why.
      resolve(stdout === "" ? `${stderr}\n${error?.message ?? ""}` : stdout);
    });
  });
  await showText(text, "plaintext");
}

async function selectFolder(folders: Folders): Promise<void> {
  const picked = await window.showQuickPick(
    folders.all.map((folder) => ({ label: folder.root.name, description: folder.root.uri.fsPath, detail: folder.known.running ? "a task runs" : "", folder })),
    { title: "Tiro: Folder of the Chat" },
  );
  if (picked) folders.show(picked.folder);
}

interface MenuItem extends QuickPickItem {
  command?: string;
}

async function menu(folders: Folders): Promise<void> {
  const { state, all } = folders;
  const entry = (label: string, command: string): MenuItem => ({ label, command });
  const rule: MenuItem = { label: "", kind: QuickPickItemKind.Separator };
  const items: MenuItem[] = [
    ...(state.running ? [entry("$(debug-stop) Stop the task", "tiro.stop")] : []),
    entry("$(comment-discussion) Open the chat", "tiro.focusChat"),
    entry("$(add) New session", "tiro.newSession"),
    entry("$(history) Sessions", "tiro.sessions"),
    ...(folders.proposals.length > 0 ? [entry("$(diff) Next proposed change", "tiro.nextChange")] : []),
    rule,
    entry(`$(sparkle) Model${state.model === undefined ? "" : `: ${state.model}`}`, "tiro.model"),
    entry("$(shield) What is allowed for the session", "tiro.grants"),
    entry("$(discard) Restore", "tiro.restore"),
    ...(all.length > 1 ? [entry("$(folder) Folder of the chat", "tiro.selectFolder")] : []),
    rule,
    entry("$(key) Set API key", "tiro.setApiKey"),
    entry("$(gear) Settings", "tiro.openSettings"),
    entry("$(pulse) Doctor", "tiro.doctor"),
    entry("$(output) Log", "tiro.log"),
    entry("$(debug-restart) Restart the server", "tiro.restart"),
  ];
  const picked = await window.showQuickPick(items, { title: "Tiro" });
  if (picked?.command !== undefined) await commands.executeCommand(picked.command);
}

