// What the server asks of the editor: to save, what other servers find wrong, where the person
// is; and its code actions, whose commands are run through ours.

import {
  languages,
  TabInputText,
  TabInputTextDiff,
  Uri,
  window,
  workspace,
  type CodeAction,
  type Command,
  type Diagnostic,
  type TextDocument,
  type TextEditor,
} from "vscode";
import type { Middleware } from "vscode-languageclient";
import type { Folder } from "./folder";
import type { Client } from "./server/client";
import { isOf } from "./server/documents";

/** Files that are named as open. */
const OPEN_FILES = 20;

/** Diagnostics that are told. */
const DIAGNOSTICS = 500;

/** The command of ours that runs one of the server: the folder, its name, its arguments. */
export const RUN = "tiro.runServerCommand";

/** Answers what the server asks. */
export function serverRequests(client: Client, folder: Folder): void {
  client.onRequest("tiro/saveDocuments", ({ uris }: { uris: string[] }) => saveDocuments(uris));
  client.onRequest("tiro/diagnostics", ({ uri }: { uri?: string | null }) => diagnostics(client, folder, uri ?? undefined));
  client.onRequest("tiro/context", () => context(client, folder));
}

/** Code actions of the server, in documents of its folder alone. */
export function commandMiddleware(folder: Folder): Middleware {
  const through = (command: Command): Command => ({
    ...command,
    command: RUN,
    arguments: [folder.root.uri.toString(), command.command, ...((command.arguments ?? []) as unknown[])],
  });
  const isAction = (action: Command | CodeAction): action is CodeAction => typeof action.command !== "string";
  return {
    async provideCodeActions(document, range, actionContext, token, next) {
      if (!isOf(folder.root, document)) return [];
      const actions = (await next(document, range, actionContext, token)) ?? [];
      return actions.map((action) => {
        if (!isAction(action)) return through(action);
        if (action.command) action.command = through(action.command);
        return action;
      });
    },
  };
}

/** Saves as the person would, with all that happens then; what cannot be saved is said. */
async function saveDocuments(uris: string[]): Promise<{ saved: string[] }> {
  const saved: string[] = [];
  const failed: string[] = [];
  for (const uri of uris) {
    const document = documentOf(uri);
    if (!document) continue;
    if (!document.isDirty || (await document.save())) saved.push(uri);
    else failed.push(workspace.asRelativePath(document.uri));
  }
  if (failed.length > 0) {
    void window.showWarningMessage(`Tiro: ${failed.join(", ")} could not be saved; a command sees what is on the disk.`);
  }
  return { saved };
}

function documentOf(uri: string): TextDocument | undefined {
  const wanted = Uri.parse(uri).toString();
  return workspace.textDocuments.find((document) => document.uri.toString() === wanted);
}

function diagnostics(client: Client, folder: Folder, uri?: string): unknown[] {
  const only = uri === undefined ? undefined : Uri.parse(uri).toString();
  let left = DIAGNOSTICS;
  const told: { uri: string; diagnostics: unknown[] }[] = [];
  for (const [at, all] of languages.getDiagnostics()) {
    if (left <= 0) break;
    if (only === undefined ? !isIn(folder, at) : at.toString() !== only) continue;
    const foreign = all.filter(isForeign).slice(0, left);
    if (foreign.length === 0) continue;
    left -= foreign.length;
    told.push({ uri: at.toString(), diagnostics: foreign.map((found) => client.code2ProtocolConverter.asDiagnostic(found)) });
  }
  return told;
}

/** Whether another server or linter says it. */
export function isForeign(diagnostic: Diagnostic): boolean {
  return diagnostic.source !== "tiro";
}

export function isIn(folder: Folder, uri: Uri): boolean {
  return workspace.getWorkspaceFolder(uri)?.uri.toString() === folder.root.uri.toString();
}

let lastEditor: TextEditor | undefined;

/** The editor that the person works in: the focused one, or the last that was. */
export function workingEditor(): TextEditor | undefined {
  const active = window.activeTextEditor;
  if (active?.document.uri.scheme === "file") return active;
  if (lastEditor && !lastEditor.document.isClosed && window.visibleTextEditors.includes(lastEditor)) return lastEditor;
  return window.visibleTextEditors.find((editor) => editor.document.uri.scheme === "file");
}

/** Documents that the editor makes, and nobody works in. */
const MADE = new Set(["output", "tiro", "debug", "git", "vscode", "comment"]);

/** The editor whose text the person means: also that of a document that is no file on the disk. */
export function readingEditor(): TextEditor | undefined {
  const active = window.activeTextEditor;
  return active && !MADE.has(active.document.uri.scheme) ? active : workingEditor();
}

/** Takes note of the editor that is focused. */
export function noteEditor(editor: TextEditor | undefined): void {
  if (editor?.document.uri.scheme === "file") lastEditor = editor;
}

function context(client: Client, folder: Folder): unknown {
  const editor = workingEditor();
  const mine = editor && isIn(folder, editor.document.uri) ? editor : undefined;
  const visible = window.visibleTextEditors.map(({ document }) => document.uri);
  const tabs = window.tabGroups.all.flatMap((group) =>
    group.tabs.flatMap(({ input }) => (input instanceof TabInputText ? [input.uri] : input instanceof TabInputTextDiff ? [input.original] : [])),
  );
  const uris = [...(mine ? [mine.document.uri] : []), ...visible, ...tabs].filter((uri) => uri.scheme === "file" && isIn(folder, uri));
  const openFiles = [...new Set(uris.map((uri) => uri.toString()))].slice(0, OPEN_FILES);
  if (!mine) return { openFiles };
  const { selection, document } = mine;
  const convert = client.code2ProtocolConverter;
  return {
    openFiles,
    activeFile: document.uri.toString(),
    cursor: convert.asPosition(selection.active),
    ...(selection.isEmpty ? {} : { selection: convert.asRange(selection) }),
  };
}
