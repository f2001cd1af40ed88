// Code of an answer on its way into the editor: put where the cursor is, or first shown there in
// VS Code's own diff editor.

import { commands, Disposable, Uri, window, workspace, type Range, type TextDocument } from "vscode";
import { inserted } from "./insertion";
import { workingEditor } from "../requests";

/** Documents as they would be with the code. */
const SCHEME = "tiro-code";

/** Texts that are kept as long as they may be shown. */
const KEPT = 20;

/** Where code goes: what is selected in a document, as it was then. */
interface Target {
  document: TextDocument;
  version: number;
  ranges: readonly Range[];
}

export class CodeInserts extends Disposable {
  readonly #texts = new Map<string, string>();
  #counter = 0;
  /** Of the comparison that was opened last. */
  #compared: Target | undefined;

  constructor() {
    const registration = workspace.registerTextDocumentContentProvider(SCHEME, {
      provideTextDocumentContent: (uri) => this.#texts.get(uri.query) ?? "",
    });
    super(() => {
      registration.dispose();
    });
  }

  /** Puts code in the place of what is selected, as one step to undo. */
  async insert(text: string): Promise<void> {
    const { document, ranges } = this.#target();
    const column = window.visibleTextEditors.find((editor) => editor.document === document)?.viewColumn;
    const editor = await window.showTextDocument(document, column);
    const done = await editor.edit((edit) => {
      for (const range of ranges) edit.replace(range, text);
    });
    if (!done) throw new Error(`${workspace.asRelativePath(document.uri)} cannot be changed`);
  }

  /** Shows what `insert` would do. */
  async compare(text: string): Promise<void> {
    const target = this.#target();
    const { document, ranges } = target;
    this.#compared = target;
    this.#counter += 1;
    const key = String(this.#counter);
    const places = ranges.map(({ start, end }) => ({ from: document.offsetAt(start), to: document.offsetAt(end) }));
    this.#texts.set(key, inserted(document.getText(), places, text));
    for (const old of [...this.#texts.keys()].slice(0, -KEPT)) this.#texts.delete(old);
    const right = Uri.from({ scheme: SCHEME, path: document.uri.path, query: key });
    await commands.executeCommand("vscode.diff", document.uri, right, `${workspace.asRelativePath(document.uri)}: with the code of the chat`);
  }

  /** Beside a comparison it is what was compared: there the cursor is in no document of the person's. */
  #target(): Target {
    const active = window.activeTextEditor;
    const compared = this.#compared;
    if (active?.document.uri.scheme === SCHEME && compared && !compared.document.isClosed && compared.document.version === compared.version) return compared;
    const editor = active && active.document.uri.scheme !== SCHEME ? active : workingEditor();
    if (!editor) throw new Error("no file is open in the editor to put it into");
    return { document: editor.document, version: editor.document.version, ranges: editor.selections };
  }
}
