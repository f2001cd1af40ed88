// Code of an answer on its way into the editor: put where the cursor is, or first shown there in
// VS Code's own diff editor.

import { commands, Disposable, Uri, window, workspace, type TextEditor } from "vscode";
import { inserted } from "./insertion";
import { workingEditor } from "../requests";

/** Documents as they would be with the code. */
const SCHEME = "tiro-code";

/** Texts that are kept as long as they may be shown. */
const KEPT = 20;

function editorForIt(): TextEditor {
  const editor = window.activeTextEditor ?? workingEditor();
  if (!editor) throw new Error("no file is open in the editor to put it into");
  return editor;
}

/** Puts code in the place of what is selected, as one step to undo. */
export async function insertCode(text: string): Promise<void> {
  const editor = editorForIt();
  const done = await editor.edit((edit) => {
    for (const selection of editor.selections) edit.replace(selection, text);
  });
  if (!done) throw new Error(`${workspace.asRelativePath(editor.document.uri)} cannot be changed`);
  await window.showTextDocument(editor.document, editor.viewColumn);
}

/** Shows what `insertCode` would do. */
export class CodeDiffs extends Disposable {
  readonly #texts = new Map<string, string>();
  #counter = 0;

  constructor() {
    const registration = workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: (uri) => this.#texts.get(uri.query) ?? "",
    });
    super(() => {
      registration.dispose();
    });
  }

  async open(text: string): Promise<void> {
    const { document, selections } = editorForIt();
    const places = selections.map((selection) => ({ from: document.offsetAt(selection.start), to: document.offsetAt(selection.end) }));
    this.#counter += 1;
    const key = String(this.#counter);
    this.#texts.set(key, inserted(document.getText(), places, text));
    for (const old of [...this.#texts.keys()].slice(0, -KEPT)) this.#texts.delete(old);
    const name = workspace.asRelativePath(document.uri);
    await commands.executeCommand("vscode.diff", document.uri, Uri.from({ scheme: SCHEME, path: document.uri.path, query: key }), `${name}: with the code of the chat`);
  }
}
