// The view of pending changes: files, and in them hunks.

import { EventEmitter, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, window, type Disposable, type TreeDataProvider, type TreeView } from "vscode";
import { counted, isUndecided, summary } from "./places";
import type { Located, Review } from "./review";

/** A file of the view. */
export interface FileNode {
  kind: "file";
  places: Located[];
}

/** A hunk of the view. */
export interface HunkNode {
  kind: "hunk";
  place: Located;
}

export type Node = FileNode | HunkNode;

export class Changes implements TreeDataProvider<Node>, Disposable {
  readonly #changes = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #view: TreeView<Node>;
  readonly #listener: Disposable;

  constructor(private readonly review: Review) {
    this.#view = window.createTreeView("tiro.changes", { treeDataProvider: this, showCollapseAll: true });
    this.#listener = review.onChange(() => {
      this.#refresh();
    });
    this.#refresh();
  }

  getTreeItem(node: Node): TreeItem {
    return node.kind === "file" ? fileItem(node) : hunkItem(node.place);
  }

  getChildren(node?: Node): Node[] {
    if (node?.kind === "hunk") return [];
    if (node) return node.places.map((place) => ({ kind: "hunk", place }));
    const files = new Map<string, Located[]>();
    for (const place of this.review.all) {
      const key = `${place.proposal} ${place.uri.toString()}`;
      const own = files.get(key);
      if (own) own.push(place);
      else files.set(key, [place]);
    }
    return [...files.values()].map((places) => ({ kind: "file", places }));
  }

  dispose(): void {
    this.#listener.dispose();
    this.#view.dispose();
    this.#changes.dispose();
  }

  #refresh(): void {
    const count = this.review.undecided.length;
    this.#view.badge = count === 0 ? undefined : { value: count, tooltip: `${counted(count, "change")} to decide about` };
    this.#changes.fire(undefined);
  }
}

function fileItem({ places }: FileNode): TreeItem {
  const [first] = places;
  if (!first) return new TreeItem("");
  const open = places.filter(({ hunk }) => isUndecided(hunk)).length;
  const item = new TreeItem(first.uri, TreeItemCollapsibleState.Expanded);
  item.id = `${first.proposal} ${first.uri.toString()}`;
  item.description = `${first.folder.short(first.file.path).replace(/[^/\\]*$/, "")} ${open === 0 ? "decided" : counted(open, "change")}`.trim();
  item.contextValue = open === 0 ? "tiro.file.decided" : "tiro.file";
  item.iconPath = ThemeIcon.File;
  item.tooltip = first.folder.short(first.file.path);
  item.command = { command: "tiro.openDiff", title: "Open Diff", arguments: [{ kind: "file", places }] };
  return item;
}

function hunkItem(place: Located): TreeItem {
  const { hunk, proposal, uri } = place;
  const item = new TreeItem(summary(place));
  item.id = `${proposal} ${uri.toString()} ${hunk.id}`;
  item.description = `line ${Math.max(hunk.orig_index, 1)}${state(place)}`;
  item.contextValue = isUndecided(hunk) ? `tiro.hunk.${hunk.state}` : "tiro.hunk.decided";
  item.iconPath = icon(place);
  item.tooltip = hunk.reason ?? [...hunk.deleted_lines.map((line) => `- ${line}`), ...hunk.inserted_lines.map((line) => `+ ${line}`)].slice(0, 40).join("\n");
  item.command = { command: "tiro.goToChange", title: "Go to Change", arguments: [{ kind: "hunk", place }] };
  return item;
}

function state({ hunk }: Located): string {
  if (hunk.state === "conflict") return ", in conflict with what you changed";
  return hunk.state === "accepted" ? ", accepted: made when the rest is decided" : "";
}

function icon({ hunk, file }: Located): ThemeIcon {
  switch (hunk.state) {
    case "accepted":
      return new ThemeIcon("check", new ThemeColor("charts.green"));
    case "conflict":
      return new ThemeIcon("warning", new ThemeColor("list.warningForeground"));
    case "pending":
    case "rejected":
      return new ThemeIcon(file.kind === "add" ? "diff-added" : file.kind === "delete" ? "diff-removed" : "diff-modified");
  }
}
