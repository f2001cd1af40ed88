// Changes of files as rows of a diff. Pure.

import type { FileChange, ProposedHunk } from "../../protocol";

export type RowKind = "added" | "deleted" | "context" | "place";

export interface Row {
  kind: RowKind;
  text: string;
}

export interface FileDiff {
  path: string;
  movedTo?: string;
  what: "new" | "deleted" | "changed";
  added: number;
  deleted: number;
  rows: readonly Row[];
}

const MOST_ROWS = 20_000;

function lines(text: string): string[] {
  const all = text.split("\n");
  if (all.at(-1) === "") all.pop();
  return all.map((line) => line.replace(/\r$/, ""));
}

function rowsOf(unified: string): Row[] {
  return lines(unified).slice(0, MOST_ROWS).map((line): Row => {
    if (line.startsWith("@@")) return { kind: "place", text: line };
    if (line.startsWith("+")) return { kind: "added", text: line.slice(1) };
    if (line.startsWith("-")) return { kind: "deleted", text: line.slice(1) };
    if (line.startsWith("\\")) return { kind: "place", text: line };
    return { kind: "context", text: line.slice(1) };
  });
}

function diff(path: string, what: FileDiff["what"], rows: readonly Row[], movedTo?: string | null): FileDiff {
  const of = (kind: RowKind) => rows.reduce((count, row) => count + (row.kind === kind ? 1 : 0), 0);
  const moved = typeof movedTo === "string" && movedTo !== path ? { movedTo } : {};
  return { path, what, rows, added: of("added"), deleted: of("deleted"), ...moved };
}

function ofChange(path: string, change: FileChange): FileDiff {
  if (change === "delete") return diff(path, "deleted", []);
  if ("add" in change) return diff(path, "new", lines(change.add.content).slice(0, MOST_ROWS).map((text) => ({ kind: "added", text })));
  return diff(path, "changed", rowsOf(change.update.unified_diff), change.update.move_path);
}

/** The files of a patch, by path. */
export function ofChanges(changes: Readonly<Record<string, FileChange>>): FileDiff[] {
  return Object.entries(changes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([path, change]) => ofChange(path, change));
}

/** The rows of a hunk; in a conflict those that stand there now come first. */
export function ofHunk(hunk: ProposedHunk): Row[] {
  const deleted = hunk.state === "conflict" && hunk.current_lines ? hunk.current_lines : hunk.deleted_lines;
  return [
    ...deleted.map((text): Row => ({ kind: "deleted", text })),
    ...hunk.inserted_lines.map((text): Row => ({ kind: "added", text })),
  ];
}

/** A quoted path of Git, or one as it stands. */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name.replace(/\t.*$/, "");
  const bytes: number[] = [];
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\u0007", b: "\b", f: "\f", v: "\v" };
  const encode = new TextEncoder();
  for (const [part] of name.slice(1, -1).matchAll(/\\[0-7]{3}|\\.|[^\\]+/g)) {
    if (/^\\\d/.test(part)) bytes.push(parseInt(part.slice(1), 8));
    else if (part.startsWith("\\")) bytes.push(...encode.encode(escapes[part.charAt(1)] ?? part.charAt(1)));
    else bytes.push(...encode.encode(part));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function named(line: string, side: "a" | "b"): string | undefined {
  const name = unquoted(line.slice(4));
  return name === "/dev/null" ? undefined : name.replace(new RegExp(`^${side}/`), "");
}

/** The files of a diff as Git writes it. */
export function ofGit(unified: string): FileDiff[] {
  const files: FileDiff[] = [];
  for (const part of unified.split(/^(?=diff --git )/m)) {
    const body = part.search(/^@@ /m);
    const header = (body < 0 ? part : part.slice(0, body)).split("\n");
    const of = (start: string) => header.find((line) => line.startsWith(start));
    const before = of("--- ");
    const after = of("+++ ");
    const from = before ? named(before, "a") : of("rename from ")?.slice(12);
    const to = after ? named(after, "b") : of("rename to ")?.slice(10);
    const path = from ?? to ?? /^diff --git a\/(.*) b\//.exec(header[0] ?? "")?.[1];
    if (path === undefined) continue;
    const what = of("new file") ? "new" : of("deleted file") ? "deleted" : "changed";
    files.push(diff(path, what, body < 0 ? [] : rowsOf(part.slice(body)), to));
  }
  return files;
}
