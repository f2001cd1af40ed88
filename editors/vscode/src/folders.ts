// The workspace folders and the one that is looked at. Folders come and go, a workspace becomes
// trusted; what concerns a file goes to the innermost folder that has it.

import { EventEmitter, window, workspace, type Disposable, type Event, type Uri, type WorkspaceFolder } from "vscode";
import type { SessionEvent, SessionState } from "./chat/messages";
import type { Proposal } from "./protocol";
import { Folder, type Host } from "./folder";
import { workingEditor } from "./requests";
import type { Change } from "./session/known";

export class Folders implements Disposable {
  readonly #all = new Map<string, { folder: Folder; listeners: Disposable[] }>();
  readonly #disposables: Disposable[] = [];
  readonly #events = new EventEmitter<{ folder: Folder; event: SessionEvent }>();
  readonly #changes = new EventEmitter<{ folder: Folder | undefined; changes: ReadonlySet<Change> }>();
  readonly #resets = new EventEmitter<Folder | undefined>();
  #shown: Folder | undefined;

  readonly onEvent: Event<{ folder: Folder; event: SessionEvent }> = this.#events.event;
  readonly onChange: Event<{ folder: Folder | undefined; changes: ReadonlySet<Change> }> = this.#changes.event;
  /** What the chat shows is to be shown anew. */
  readonly onReset: Event<Folder | undefined> = this.#resets.event;

  constructor(private readonly host: Host) {
    for (const root of workspace.workspaceFolders ?? []) this.#add(root);
    this.#disposables.push(
      workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        for (const root of removed) this.#remove(root);
        for (const root of added) this.#add(root);
        this.#changed();
        if (workspace.isTrusted) this.startAll();
      }),
      workspace.onDidGrantWorkspaceTrust(() => {
        this.#changed();
        this.startAll();
      }),
    );
  }

  get all(): Folder[] {
    return [...this.#all.values()].map(({ folder }) => folder);
  }

  /** The folder whose talk is shown. */
  get shown(): Folder | undefined {
    if (this.#shown && this.#all.has(this.#shown.root.uri.toString())) return this.#shown;
    const uri = workingEditor()?.document.uri;
    this.#shown = (uri && this.of(uri)) ?? this.all[0];
    return this.#shown;
  }

  show(folder: Folder): void {
    if (this.#shown === folder) return;
    this.#shown = folder;
    this.#resets.fire(folder);
    this.#changes.fire({ folder, changes: new Set(["state", "questions", "proposals", "grants"]) });
  }

  /** The folder of a file. */
  of(uri: Uri): Folder | undefined {
    const root = workspace.getWorkspaceFolder(uri);
    return root && this.#all.get(root.uri.toString())?.folder;
  }

  named(uri: string): Folder | undefined {
    return this.#all.get(uri)?.folder;
  }

  /** The folder that a command is about: that of the editor, or else the one that is shown. */
  current(): Folder | undefined {
    const uri = window.activeTextEditor?.document.uri;
    return (uri && this.of(uri)) ?? this.shown;
  }

  /** What is proposed in any folder. */
  get proposals(): Proposal[] {
    return this.all.flatMap(({ known }) => [...known.proposals.values()]);
  }

  /** The folder that has a proposal. */
  ofProposal(id: string): Folder | undefined {
    return this.all.find(({ known }) => known.proposals.has(id));
  }

  /** What the chat says of the state; also where there is no folder. */
  get state(): SessionState {
    const folder = this.shown;
    if (!folder) {
      const virtual = workspace.workspaceFolders?.some(({ uri }) => uri.scheme !== "file") ?? false;
      const problem = virtual
        ? "This folder is not on a disk that the server can read. Open a folder of this machine, or of the remote one that VS Code is connected to."
        : "Open a folder: Tiro works in it, and nothing runs without one.";
      return { server: "noFolder", problem, running: false };
    }
    if (!workspace.isTrusted) {
      return {
        ...folder.state,
        server: "untrusted",
        problem: "This workspace is not trusted, so Tiro does not start: no command runs, and no setting of the workspace counts.",
      };
    }
    return folder.state;
  }

  startAll(): void {
    for (const folder of this.all) folder.start().catch(() => undefined);
  }

  dispose(): void {
    for (const root of this.all.map((folder) => folder.root)) this.#remove(root);
    for (const disposable of this.#disposables) disposable.dispose();
    this.#events.dispose();
    this.#changes.dispose();
    this.#resets.dispose();
  }

  #add(root: WorkspaceFolder): void {
    const key = root.uri.toString();
    if (root.uri.scheme !== "file" || this.#all.has(key)) return;
    const folder = new Folder(root, this.host);
    const listeners = [
      folder.onEvent((event) => {
        this.#events.fire({ folder, event });
      }),
      folder.onChange((changes) => {
        this.#changes.fire({ folder, changes });
      }),
      folder.onReset(() => {
        if (folder === this.shown) this.#resets.fire(folder);
      }),
    ];
    this.#all.set(key, { folder, listeners });
  }

  #remove(root: WorkspaceFolder): void {
    const key = root.uri.toString();
    const entry = this.#all.get(key);
    if (!entry) return;
    this.#all.delete(key);
    for (const listener of entry.listeners) listener.dispose();
    entry.folder.dispose();
    if (this.#shown === entry.folder) this.#shown = undefined;
  }

  #changed(): void {
    this.#resets.fire(this.shown);
    this.#changes.fire({ folder: this.shown, changes: new Set(["state", "questions", "proposals", "grants"]) });
  }
}
