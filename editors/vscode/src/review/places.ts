// The hunks that can be decided, where they are, and the way from one to the next.
// Imports nothing of VS Code.

import type { Proposal, ProposedFile, ProposedHunk } from "../protocol";

/** One hunk with what it belongs to. */
export interface Place {
  proposal: string;
  file: ProposedFile;
  hunk: ProposedHunk;
}

/** Lines, 0-based; the end is not part of it. */
export interface Lines {
  start: number;
  end: number;
}

export function isUndecided(hunk: ProposedHunk): boolean {
  return hunk.state === "pending" || hunk.state === "conflict";
}

/** What is shown of the proposals: all but what is rejected, by file and line. */
export function places(proposals: Iterable<Proposal>): Place[] {
  const all: Place[] = [];
  for (const proposal of proposals) {
    for (const file of proposal.files) {
      for (const hunk of file.hunks) {
        if (hunk.state !== "rejected") all.push({ proposal: proposal.id, file, hunk });
      }
    }
  }
  return all.sort(
    (a, b) =>
      compare(a.file.path, b.file.path) ||
      a.hunk.orig_index - b.hunk.orig_index ||
      compare(a.proposal, b.proposal) ||
      compare(a.hunk.id, b.hunk.id),
  );
}

export function undecided(proposals: Iterable<Proposal>): Place[] {
  return places(proposals).filter(({ hunk }) => isUndecided(hunk));
}

/** The lines that a hunk is about in a text of so many lines; empty where it only inserts. */
export function linesOf(hunk: ProposedHunk, count: number): Lines {
  const start = Math.min(Math.max(hunk.orig_index - 1, 0), Math.max(count, 0));
  const length = hunk.state === "conflict" ? (hunk.current_lines?.length ?? 0) : hunk.deleted_lines.length;
  return { start, end: Math.min(start + length, Math.max(count, start)) };
}

/** The undecided places of a file that these lines touch. */
export function within(all: readonly Place[], path: string, lines: Lines, count: number): Place[] {
  return all.filter(({ file, hunk }) => {
    if (file.path !== path || !isUndecided(hunk)) return false;
    const at = linesOf(hunk, count);
    // What only inserts is at the line before which it does.
    return at.start < Math.max(lines.end, lines.start + 1) && Math.max(at.end, at.start + 1) > lines.start;
  });
}

/** The next place after a line of a file, or the one before it; over all files, around the end. */
export function next(all: readonly Place[], path: string, line: number, step: 1 | -1): Place | undefined {
  const open = all.filter(({ hunk }) => isUndecided(hunk));
  const ordered = step > 0 ? open : [...open].reverse();
  const isBeyond = ({ file, hunk }: Place): boolean =>
    file.path === path ? (hunk.orig_index - 1 - line) * step > 0 : compare(file.path, path) * step > 0;
  return ordered.find(isBeyond) ?? ordered[0];
}

/** Ids of hunks by proposal, as `decide_hunks` takes them. */
export function byProposal(all: readonly Place[]): Record<string, string[]> {
  const ids: Record<string, string[]> = {};
  for (const { proposal, hunk } of all) (ids[proposal] ??= []).push(hunk.id);
  return ids;
}

/** What a hunk does, in a few words. */
export function summary({ file, hunk }: Place): string {
  const lines = hunk.inserted_lines.length + hunk.deleted_lines.length;
  if (file.kind === "add") return `new file, ${counted(hunk.inserted_lines.length, "line")}`;
  if (file.kind === "delete") return "delete this file";
  if (lines === 0) return file.move_path == null ? "change its mode" : `move to ${file.move_path}`;
  const first = hunk.inserted_lines.find((line) => line.trim() !== "") ?? hunk.deleted_lines.find((line) => line.trim() !== "") ?? "";
  return `${sizes(hunk)} ${first.trim().slice(0, 80)}`.trim();
}

/** `+2 −1`. */
export function sizes(hunk: ProposedHunk): string {
  const parts: string[] = [];
  if (hunk.inserted_lines.length > 0) parts.push(`+${hunk.inserted_lines.length}`);
  if (hunk.deleted_lines.length > 0) parts.push(`−${hunk.deleted_lines.length}`);
  return parts.join(" ");
}

/** `1 change`, `2 changes`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}

/** Where lines are after an edit; the server says it anew soon. */
export function shifted(line: number, edits: readonly { start: number; removed: number; added: number }[]): number {
  let at = line;
  for (const { start, removed, added } of edits) {
    if (start + removed <= at) at += added - removed;
    else if (start < at) at = start;
  }
  return at;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
