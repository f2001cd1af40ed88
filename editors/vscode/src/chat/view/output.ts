// What a command wrote, in segments of lines: its beginning and its end, and how many lines
// between them are not kept. Pure; colours are taken from the escapes when a segment is shown.

import { noStyle, styleAfter, type Style } from "./ansi";

/** Whole lines, each with its end; the style that is in force where they begin. */
export interface Segment {
  text: string;
  lines: number;
  style: Style;
}

export interface Output {
  head: readonly Segment[];
  tail: readonly Segment[];
  /** The last line, or lines, not yet a segment. */
  open: string;
  openLines: number;
  /** In force where `open` begins. */
  style: Style;
  /** Lines so far, and how many of them are not kept. */
  lines: number;
  cut: number;
  /** Characters that are kept. */
  size: number;
}

const SEGMENT_LINES = 50;
const SEGMENT_SIZE = 16_000;
/** Kept of the beginning and of the end, in segments and in characters. */
const HEAD = { segments: 40, size: 200_000 };
const TAIL = { segments: 160, size: 600_000 };
/** A line without an end longer than this is kept to here. */
const LONGEST_LINE = 100_000;

export const noOutput: Output = { head: [], tail: [], open: "", openLines: 0, style: noStyle, lines: 0, cut: 0, size: 0 };

function count(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((size, segment) => size + segment.text.length, 0);
}

/** Cuts what a line has beyond its most; a text that overwrites its line loses what it overwrote. */
function bounded(line: string): string {
  const last = line.replace(/\r?\n?$/, "").lastIndexOf("\r");
  const seen = line.slice(last + 1);
  if (seen.length <= LONGEST_LINE) return seen;
  const end = seen.endsWith("\n") ? "\n" : "";
  return `${seen.slice(0, LONGEST_LINE)} … the rest of the line is not kept${end}`;
}

/** Whether a line is too long, or overwrites itself. */
function isOdd(line: string): boolean {
  const carriage = line.indexOf("\r");
  return line.length > LONGEST_LINE || (carriage >= 0 && carriage < line.length - 1 && carriage !== line.length - 2) || line.endsWith("\r\r\n");
}

/** Adds a piece that a command wrote. */
export function write(output: Output, chunk: string): Output {
  let { head, tail, openLines, style, lines, cut } = output;
  let text = output.open + chunk;
  const mayBeOdd = text.includes("\r") || text.length > LONGEST_LINE;
  /** Where the segment begins, and the line. */
  let from = 0;
  let start = output.open.lastIndexOf("\n") + 1;
  for (;;) {
    const at = text.indexOf("\n", start);
    let end = at < 0 ? text.length : at + 1;
    if (mayBeOdd) {
      const line = text.slice(start, end);
      if (isOdd(line)) {
        const kept = bounded(line);
        text = text.slice(from, start) + kept + text.slice(end);
        start -= from;
        from = 0;
        end = start + kept.length;
      }
    }
    if (at < 0) break;
    lines++;
    openLines++;
    start = end;
    if (openLines < SEGMENT_LINES && end - from < SEGMENT_SIZE) continue;
    const segment: Segment = { text: text.slice(from, end), lines: openLines, style };
    style = styleAfter(segment.text, style);
    from = end;
    openLines = 0;
    if (tail.length === 0 && head.length < HEAD.segments && sizeOf(head) < HEAD.size) {
      head = [...head, segment];
      continue;
    }
    tail = [...tail, segment];
    while (tail.length > TAIL.segments || (tail.length > 1 && sizeOf(tail) > TAIL.size)) {
      cut += tail[0]?.lines ?? 0;
      tail = tail.slice(1);
    }
  }
  const open = text.slice(from);
  const size = sizeOf(head) + sizeOf(tail) + open.length;
  return { head, tail, open, openLines, style, lines, cut, size };
}

/** The output of a command of which no pieces came, or whose pieces are not kept. */
export function outputOf(stdout: string, stderr: string): Output {
  const separate = stdout !== "" && stderr !== "" && !stdout.endsWith("\n") ? "\n" : "";
  return write(noOutput, stdout + separate + stderr);
}

/** A little of an output that nobody may look at again: its first and its last lines. */
export function shrunk(output: Output): Output {
  const head = output.head.slice(0, 1);
  const gone = [...output.head.slice(1), ...output.tail];
  if (gone.length === 0) return output;
  const cut = output.cut + gone.reduce((lines, segment) => lines + segment.lines, 0);
  return { ...output, head, tail: [], cut, size: sizeOf(head) + output.open.length };
}

/** How many lines there are, with one that has no end. */
export function lineCount(output: Output): number {
  return output.lines + (output.open !== "" && !output.open.endsWith("\n") ? 1 : 0);
}

/** The last lines that are kept, for a look at a command while it runs. */
export function lastLines(output: Output, most: number): Segment {
  let text = output.open;
  let style = output.style;
  let lines = count(text);
  const segments = [...output.head, ...output.tail];
  for (let at = segments.length - 1; at >= 0 && lines < most; at--) {
    const segment = segments[at];
    if (segment === undefined) break;
    text = segment.text + text;
    style = segment.style;
    lines += segment.lines;
  }
  let from = text.endsWith("\n") ? text.length - 1 : text.length;
  for (let found = 0; found < most && from >= 0; found++) from = from === 0 ? -1 : text.lastIndexOf("\n", from - 1);
  const before = text.slice(0, from + 1);
  return { text: text.slice(from + 1), lines: Math.min(lines, most), style: styleAfter(before, style) };
}
