// Proposals and patches in the native diff editor: the documents of the scheme `tiro`, whose text
// is worked out from the buffer as it is.

import { commands, EventEmitter, Uri, window, workspace, type Disposable, type TextDocumentContentProvider } from "vscode";
import type { FileChange, ProposedFile } from "../protocol";
import { fileName, type Folder } from "../folder";
import type { Folders } from "../folders";
import type { Located, Review } from "./review";
import { proposed, type Shown } from "./text";
import { reversed } from "./unified";

export const SCHEME = "tiro";

/** Texts of the past that are kept as long as they may be shown. */
const KEPT = 50;

/** What a document of ours is. */
interface Address {
  /** `proposed`: a file with a proposal; `kept`: a text that was; `empty`: none. */
  side: "proposed" | "kept" | "empty";
  /** Id of the proposal, or the key of the text. */
  id: string;
}

export class Diffs implements TextDocumentContentProvider, Disposable {
  readonly #changes = new EventEmitter<Uri>();
  readonly onDidChange = this.#changes.event;
  readonly #disposables: Disposable[];
  readonly #kept = new Map<string, string>();
  #counter = 0;

  constructor(
    private readonly folders: Folders,
    review: Review,
  ) {
    this.#disposables = [
      workspace.registerTextDocumentContentProvider(SCHEME, this),
      review.onChange(() => {
        this.#refresh();
      }),
      workspace.onDidChangeTextDocument(({ document }) => {
        if (document.uri.scheme !== SCHEME) this.#refresh(document.uri);
      }),
    ];
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    const address = parse(uri);
    if (address?.side === "kept") return this.#kept.get(address.id) ?? "";
    if (address?.side !== "proposed") return "";
    const found = this.#file(address.id, uri);
    if (!found) return await textOf(Uri.file(uri.path));
    return proposed(await baseOf(found.folder, found.file), found.file).text;
  }

  /** Compares a file as it is with what is proposed. */
  async openProposal(folder: Folder, proposal: string, path: string): Promise<void> {
    const file = folder.known.proposals.get(proposal)?.files.find((it) => it.path === path || it.move_path === path);
    if (!file) throw new Error(`nothing is proposed for ${folder.short(path)} any more`);
    const at = folder.uri(file.path);
    const left = file.kind === "add" ? address(at, { side: "empty", id: proposal }) : at;
    const right = address(folder.uri(file.move_path ?? file.path), { side: "proposed", id: proposal });
    const what = file.kind === "add" ? "new file" : file.kind === "delete" ? "to be deleted" : "proposed";
    await commands.executeCommand("vscode.diff", left, right, `${fileName(file.path)} (Tiro: ${what})`, { preview: true });
  }

  async openPlace({ folder, proposal, file }: Located): Promise<void> {
    await this.openProposal(folder, proposal, file.path);
  }

  /** Compares a file before a patch and after it, as far as that can be told; or what is proposed by it. */
  async openCall(folder: Folder, callId: string, path: string): Promise<void> {
    if (folder.known.proposals.has(callId)) {
      await this.openProposal(folder, callId, path);
      return;
    }
    const change = changeOf(folder, callId, path);
    if (change === undefined) throw new Error(`that patch did not change ${folder.short(path)}`);
    if (change === "delete") throw new Error(`${folder.short(path)} was deleted; “Tiro: Restore” brings it back`);
    const now = folder.uri("update" in change ? (change.update.move_path ?? path) : path);
    const title = `${fileName(path)} (Tiro: what the patch changed)`;
    if ("add" in change) {
      await commands.executeCommand("vscode.diff", address(now, { side: "empty", id: callId }), now, title, { preview: true });
      return;
    }
    const before = reversed(await textOf(now), change.update.unified_diff);
    if (before === undefined) {
      // It was changed since: the patch alone can still be read.
      await showText(change.update.unified_diff, "diff");
      return;
    }
    await commands.executeCommand("vscode.diff", this.keep(now, before), now, title, { preview: true });
  }

  /** A document with this text, which does not change. */
  keep(like: Uri, text: string): Uri {
    this.#counter += 1;
    const id = String(this.#counter);
    this.#kept.set(id, text);
    for (const old of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(old);
    }
    return address(like, { side: "kept", id });
  }

  /** The hunk that a line of a document of ours shows. */
  async hunkAt(uri: Uri, line: number): Promise<{ proposal: string; hunk: Shown } | undefined> {
    const at = parse(uri);
    const found = at?.side === "proposed" ? this.#file(at.id, uri) : undefined;
    if (!at || !found) return undefined;
    const { hunks } = proposed(await baseOf(found.folder, found.file), found.file);
    const hunk = hunks.find(({ right }) => right.start <= line && line < Math.max(right.end, right.start + 1));
    return hunk && { proposal: at.id, hunk };
  }

  /** The proposal that a document of ours shows, and the file. */
  shown(uri: Uri): { proposal: string; file: ProposedFile; folder: Folder } | undefined {
    const at = parse(uri);
    const found = at && at.side !== "kept" ? this.#file(at.id, uri) : undefined;
    return at && found ? { proposal: at.id, ...found } : undefined;
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changes.dispose();
  }

  #file(proposal: string, uri: Uri): { folder: Folder; file: ProposedFile } | undefined {
    const folder = this.folders.ofProposal(proposal);
    const files = folder?.known.proposals.get(proposal)?.files ?? [];
    const file = files.find((it) => [it.path, it.move_path].some((path) => path != null && folder?.uri(path).path === uri.path));
    return folder && file && { folder, file };
  }

  /** Has those shown anew that may be different. */
  #refresh(of?: Uri): void {
    for (const { uri } of workspace.textDocuments) {
      if (uri.scheme === SCHEME && parse(uri)?.side === "proposed" && (of === undefined || of.path === uri.path)) this.#changes.fire(uri);
    }
  }
}

function address(like: Uri, what: Address): Uri {
  return like.with({ scheme: SCHEME, query: JSON.stringify(what) });
}

function parse(uri: Uri): Address | undefined {
  if (uri.scheme !== SCHEME) return undefined;
  try {
    return JSON.parse(uri.query) as Address;
  } catch {
    return undefined;
  }
}

/** The text that a proposal is for: of the buffer where there is one. */
async function baseOf(folder: Folder, file: ProposedFile): Promise<string> {
  return file.kind === "add" ? "" : await textOf(folder.uri(file.path));
}

async function textOf(uri: Uri): Promise<string> {
  const open = workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return open.getText();
  try {
    return new TextDecoder("utf-8", { fatal: false }).decode(await workspace.fs.readFile(uri));
  } catch {
    return "";
  }
}

/** What a patch did to a file. */
function changeOf(folder: Folder, callId: string, path: string): FileChange | undefined {
  for (const { id, msg } of [...folder.log.events].reverse()) {
    if (msg.type === "patch_apply_begin" && msg.call_id === callId && path in msg.changes) return msg.changes[path];
    if (msg.type === "apply_patch_approval_request" && (msg.call_id ?? id) === callId && path in msg.changes) return msg.changes[path];
  }
  return undefined;
}

/** Shows a text in a document that is not saved. */
export async function showText(content: string, language: string): Promise<void> {
  await window.showTextDocument(await workspace.openTextDocument({ content, language }), { preview: true });
}
