// The text of a file with what is proposed for it: the right side of a diff. Imports nothing of VS Code.

import type { ProposedFile } from "../protocol";
import type { Lines } from "./places";

/** One hunk in the text that results. */
export interface Shown {
  id: string;
  /** In the text as it is. */
  left: Lines;
  /** In the text as it would be. */
  right: Lines;
}

export interface Proposed {
  text: string;
  /** Those that are in it, in the order of the text. */
  hunks: Shown[];
  /** Ids of those that do not fit the text as it is; the server is about to say so. */
  unfit: string[];
}

/** The line ending of most lines. */
export function lineEnding(text: string): "\n" | "\r\n" {
  const all = text.split("\n").length - 1;
  const both = text.split("\r\n").length - 1;
  return both * 2 > all ? "\r\n" : "\n";
}

/** Lines without their endings. */
export function split(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The text with all hunks that are pending or accepted and fit. */
export function proposed(text: string, file: ProposedFile): Proposed {
  const ending = lineEnding(text);
  const lines = split(text);
  const taken = file.hunks
    .filter(({ state }) => state === "pending" || state === "accepted")
    .sort((a, b) => a.orig_index - b.orig_index);
  if (file.kind === "delete") {
    const ids = taken.map(({ id }) => ({ id, left: { start: 0, end: lines.length }, right: { start: 0, end: 0 } }));
    return taken.length > 0 ? { text: "", hunks: ids, unfit: [] } : { text, hunks: [], unfit: [] };
  }
  const result: string[] = [];
  const hunks: Shown[] = [];
  const unfit: string[] = [];
  let at = 0;
  for (const hunk of taken) {
    const start = Math.max(hunk.orig_index - 1, 0);
    const end = start + hunk.deleted_lines.length;
    const fits = start >= at && end <= lines.length && hunk.deleted_lines.every((line, index) => lines[start + index] === line);
    if (!fits) {
      unfit.push(hunk.id);
      continue;
    }
    append(result, lines.slice(at, start));
    const right = { start: result.length, end: result.length + hunk.inserted_lines.length };
    append(result, hunk.inserted_lines);
    hunks.push({ id: hunk.id, left: { start, end }, right });
    at = end;
  }
  append(result, lines.slice(at));
  return { text: result.join(ending), hunks, unfit };
}

// A spread of very many lines into `push` exceeds the stack.
function append(lines: string[], more: readonly string[]): void {
  for (const line of more) lines.push(line);
}
