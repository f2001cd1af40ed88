// The view of what is allowed for the session, from which it can be taken back.

import { commands, EventEmitter, ThemeIcon, TreeItem, window, type Disposable, type TreeDataProvider } from "vscode";
import { commandLine } from "./answers";
import type { Folder } from "../folder";
import type { Folders } from "../folders";
import type { Grant } from "../protocol";

export class Grants implements TreeDataProvider<Grant>, Disposable {
  readonly #changes = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #disposables: Disposable[];

  constructor(private readonly folders: Folders) {
    const view = window.createTreeView("tiro.permissions", { treeDataProvider: this });
    this.#disposables = [
      view,
      folders.onChange(({ folder, changes }) => {
        if (changes.has("grants")) this.#changes.fire(undefined);
        // What is allowed may have grown with an answer.
        else if (changes.has("questions") && folder === folders.shown) void this.#list();
      }),
      folders.onReset(() => {
        this.#changes.fire(undefined);
      }),
      view.onDidChangeVisibility(({ visible }) => {
        if (visible) void this.#list();
      }),
      commands.registerCommand("tiro.revokeGrant", async (grant: Grant) => {
        await this.#folder?.request({ type: "revoke_grant", grant });
      }),
      commands.registerCommand("tiro.grants", async () => {
        await this.#list();
        await commands.executeCommand("tiro.permissions.focus");
      }),
    ];
  }

  getTreeItem(grant: Grant): TreeItem {
    const item = new TreeItem(label(grant));
    item.description = scope(grant);
    item.tooltip = `${label(grant)}: ${scope(grant)}`;
    item.contextValue = "tiro.grant";
    item.iconPath = new ThemeIcon(ICONS[grant.type]);
    return item;
  }

  getChildren(grant?: Grant): Grant[] {
    return grant ? [] : (this.#folder?.known.grants ?? []);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#changes.dispose();
  }

  get #folder(): Folder | undefined {
    return this.folders.shown;
  }

  async #list(): Promise<void> {
    const folder = this.#folder;
    if (folder?.server !== "ready") return;
    await folder.request({ type: "list_grants" }).catch(() => undefined);
  }
}

const ICONS: Record<Grant["type"], string> = {
  command: "terminal",
  folder: "folder-opened",
  file: "file",
  network: "globe",
  read: "eye",
};

function label(grant: Grant): string {
  switch (grant.type) {
    case "command":
      return commandLine(grant.command);
    case "folder":
    case "file":
      return grant.path;
    case "network":
      return "the network";
    case "read":
      return "reading every file";
  }
}

/** What it allows until the session ends. */
function scope(grant: Grant): string {
  switch (grant.type) {
    case "command":
      return `this very command in ${grant.cwd}, ${grant.unsandboxed ? "without the sandbox" : "in the sandbox"}, unasked`;
    case "folder":
      return "changes of every file in it, and commands may write there";
    case "file":
      return "changes of this file";
    case "network":
      return "every command may use it";
    case "read":
      return "every command may do it";
  }
}
