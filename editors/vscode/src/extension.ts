// Where VS Code enters: puts the parts together. Nothing here waits, so that it takes no time.

import { commands, window, workspace, type ExtensionContext } from "vscode";
import { codeActions } from "./actions";
import { Grants } from "./approvals/grants";
import { notifyQuestions } from "./approvals/notify";
import { participant } from "./chat/participant";
import { Chat, VIEW } from "./chat/provider";
import { generalCommands } from "./commands";
import { Keys } from "./config/secrets";
import { configKeys } from "./config/settings";
import { Folders } from "./folders";
import { noteEditor } from "./requests";
import { reviewCommands } from "./review/commands";
import { Diffs } from "./review/diff";
import { Inline } from "./review/inline";
import { Review } from "./review/review";
import { Changes } from "./review/tree";
import { statusBar } from "./status";

let running: Folders | undefined;

export function activate(context: ExtensionContext): void {
  const output = window.createOutputChannel("Tiro");
  const trace = window.createOutputChannel("Tiro Trace");
  const keys = new Keys(context);
  const session = (root: string): string => `tiro.session ${root}`;
  const folders = new Folders({
    extension: context.extensionPath,
    version: (context.extension.packageJSON as { version: string }).version,
    output,
    trace,
    configKeys: configKeys(context),
    environment: () => keys.environment(),
    recall: (root) => context.workspaceState.get<string>(session(root)),
    remember: (root, id) => void context.workspaceState.update(session(root), id),
  });
  running = folders;
  const review = new Review(folders);
  const diffs = new Diffs(folders, review);
  const chat = new Chat(context.extensionUri, folders, (folder, callId, path) => diffs.openCall(folder, callId, path));
  const firstChange = async (): Promise<void> => {
    await commands.executeCommand("tiro.nextChange");
  };
  noteEditor(window.activeTextEditor);
  context.subscriptions.push(
    output,
    trace,
    folders,
    review,
    diffs,
    chat,
    window.registerWebviewViewProvider(VIEW, chat, { webviewOptions: { retainContextWhenHidden: true } }),
    new Inline(review),
    new Changes(review),
    new Grants(folders),
    notifyQuestions(folders, chat, firstChange),
    statusBar(folders, review),
    codeActions(folders),
    participant(folders),
    ...generalCommands({ folders, chat, keys, output }),
    ...reviewCommands(review, diffs),
    window.onDidChangeActiveTextEditor(noteEditor),
    workspace.onDidChangeConfiguration(async (change) => {
      const isPath = change.affectsConfiguration("tiro.server.path");
      if (!isPath && !change.affectsConfiguration("tiro.config")) return;
      // Those of a remote machine come late when a window opens.
      const missing = folders.all.filter(({ server }) => server === "missing");
      if (isPath && workspace.isTrusted) for (const folder of missing) folder.start().catch(() => undefined);
      if (folders.all.every(({ server }) => server !== "ready")) return;
      const choice = await window.showInformationMessage("Tiro: the changed settings count after the server is restarted; the session goes on.", "Restart");
      if (choice !== undefined) await commands.executeCommand("tiro.restart");
    }),
  );
  if (workspace.isTrusted) folders.startAll();
}

/** Ends the servers, so that none outlives the window. */
export async function deactivate(): Promise<void> {
  await Promise.all((running?.all ?? []).map((folder) => folder.stop()));
}
