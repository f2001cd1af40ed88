// Back from the text after a patch to the one before it, so that a patch that was made can be
// shown as a diff. Imports nothing of VS Code.

import { lineEnding, split } from "./text";

interface Hunk {
  /** 0-based first line in the new text. */
  start: number;
  before: string[];
  after: string[];
}

/** The hunks of a diff of one file, without file headers. */
export function hunks(diff: string): Hunk[] {
  const found: Hunk[] = [];
  for (const line of diff.split("\n")) {
    const header = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line);
    const hunk = found.at(-1);
    if (header) {
      const [start, count] = [Number(header[1]), header[2] === undefined ? 1 : Number(header[2])];
      // Of nothing, the line before it is named.
      found.push({ start: count === 0 ? start : start - 1, before: [], after: [] });
    } else if (hunk) {
      const text = line.slice(1).replace(/\r$/, "");
      if (line.startsWith("-")) hunk.before.push(text);
      else if (line.startsWith("+")) hunk.after.push(text);
      else if (line.startsWith(" ")) {
        hunk.before.push(text);
        hunk.after.push(text);
      }
    }
  }
  return found;
}

/** The text before the patch; none where the text is no longer what the patch made. */
export function reversed(text: string, diff: string): string | undefined {
  const lines = split(text);
  for (const { start, before, after } of hunks(diff).reverse()) {
    const at = nearest(lines, after, start);
    if (at === undefined) return undefined;
    lines.splice(at, after.length, ...before);
  }
  return lines.join(lineEnding(text));
}

/** Where these lines stand, as near as can be to where they stood. */
function nearest(lines: readonly string[], wanted: readonly string[], start: number): number | undefined {
  const stands = (at: number): boolean => at >= 0 && at + wanted.length <= lines.length && wanted.every((line, index) => lines[at + index] === line);
  if (wanted.length === 0) return start <= lines.length ? start : undefined;
  for (let distance = 0; distance <= lines.length; distance += 1) {
    if (stands(start + distance)) return start + distance;
    if (stands(start - distance)) return start - distance;
  }
  return undefined;
}
