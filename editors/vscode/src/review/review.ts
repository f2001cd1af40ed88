// The proposals of all folders as places in documents: where they are while the person types on,
// and deciding about them. How they look is in the files beside this one.

import { EventEmitter, workspace, type Disposable, type TextDocument, type Uri } from "vscode";
import type { Folder } from "../folder";
import type { Folders } from "../folders";
import { byProposal, isUndecided, places, shifted, type Place } from "./places";

/** A place, and whose it is. */
export interface Located extends Place {
  folder: Folder;
  uri: Uri;
}

interface Edit {
  version: number;
  start: number;
  removed: number;
  added: number;
}

export class Review implements Disposable {
  readonly #changes = new EventEmitter<undefined>();
  /** Something is proposed, decided or elsewhere. */
  readonly onChange = this.#changes.event;
  readonly #disposables: Disposable[];
  /** What was typed and the server has not told of yet, by document. */
  readonly #edits = new Map<string, Edit[]>();
  #located: Located[] | undefined;

  constructor(private readonly folders: Folders) {
    this.#disposables = [
      folders.onChange(({ changes }) => {
        if (changes.has("proposals")) this.#changed();
      }),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length === 0 || !this.all.some(({ uri }) => same(uri, document.uri))) return;
        const key = document.uri.toString();
        const edits = this.#edits.get(key) ?? [];
        for (const { range, text } of contentChanges) {
          const removed = range.end.line - range.start.line;
          // What begins in the middle of a line moves the lines after it.
          const start = range.start.line + (range.start.character > 0 ? 1 : 0);
          edits.push({ version: document.version, start, removed, added: text.split("\n").length - 1 });
        }
        this.#edits.set(key, edits);
        this.#changed();
      }),
      workspace.onDidCloseTextDocument((document) => this.#edits.delete(document.uri.toString())),
    ];
  }

  /** All that is not rejected, by file and line. */
  get all(): readonly Located[] {
    this.#located ??= this.folders.all.flatMap((folder) =>
      places(folder.known.proposals.values()).map((place) => this.#locate(folder, place)),
    );
    return this.#located;
  }

  get undecided(): Located[] {
    return this.all.filter(({ hunk }) => isUndecided(hunk));
  }

  /** Those in a document. */
  in(document: Pick<TextDocument, "uri">): Located[] {
    return this.all.filter(({ uri }) => same(uri, document.uri));
  }

  find(proposal: string, hunk: string): Located | undefined {
    return this.all.find((place) => place.proposal === proposal && place.hunk.id === hunk);
  }

  /** Decides about all of them, or none. */
  async decide(located: readonly Located[], accept: boolean): Promise<void> {
    const open = located.filter(({ hunk }) => isUndecided(hunk));
    for (const folder of new Set(open.map((place) => place.folder))) {
      const hunks = byProposal(open.filter((place) => place.folder === folder));
      await folder.request({ type: "decide_hunks", ...(accept ? { accept: hunks } : { reject: hunks }) });
    }
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changes.dispose();
  }

  #changed(): void {
    this.#located = undefined;
    this.#changes.fire(undefined);
  }

  #locate(folder: Folder, place: Place): Located {
    const uri = folder.uri(place.file.path);
    const version = place.file.version ?? 0;
    const since = (this.#edits.get(uri.toString()) ?? []).filter((edit) => edit.version > version);
    if (since.length === 0 || place.file.version == null) return { ...place, folder, uri };
    const hunk = { ...place.hunk, orig_index: shifted(place.hunk.orig_index - 1, since) + 1 };
    return { ...place, hunk, folder, uri };
  }
}

function same(a: Uri, b: Uri): boolean {
  return a.toString() === b.toString();
}
