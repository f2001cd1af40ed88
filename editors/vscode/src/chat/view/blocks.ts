// Markdown in pieces: what streams in is cut into blocks, of which all but the last are
// settled and are never looked at again. Pure; what a block looks like is in markdown.tsx.

/** Code of a fence, cut like output so that a long one stays cheap. */
export interface CodeBlock {
  kind: "code";
  language: string;
  text: string;
  /** Whether the closing fence was seen. */
  closed: boolean;
}

export interface TextBlock {
  kind: "text";
  source: string;
}

export type Block = CodeBlock | TextBlock;

/** Settled blocks in groups, so that one more costs the same however many there are. */
export interface Blocks {
  full: readonly (readonly Block[])[];
  recent: readonly Block[];
  /** The source of what is not settled. */
  open: string;
}

const GROUP = 4;
/** A paragraph or list that grows beyond this is cut at a line, a table or a line without an end beyond ten times this. */
const LONGEST = 6_000;

export const noBlocks: Blocks = { full: [], recent: [], open: "" };

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*(.*)$/;
const ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)/;

function closes(line: string, fence: string): boolean {
  const trimmed = line.trim();
  return trimmed.length >= fence.length && line.search(/\S/) < 4 && trimmed === fence.charAt(0).repeat(trimmed.length);
}

interface Cut {
  settled: Block[];
  rest: string;
}

/** Cuts off what can no longer change. With `isWhole` nothing follows, and all is cut. */
function cut(source: string, isWhole: boolean): Cut {
  const settled: Block[] = [];
  let from = 0;
  let at = 0;
  let blankBefore = false;
  let isList = false;
  const text = (to: number) => {
    const piece = source.slice(from, to);
    if (piece.trim() !== "") settled.push({ kind: "text", source: piece });
    from = to;
    isList = false;
  };
  while (at < source.length) {
    const end = source.indexOf("\n", at);
    if (end < 0 && !isWhole) {
      if (source.length - at > 10 * LONGEST) text(source.length);
      break;
    }
    const next = end < 0 ? source.length : end + 1;
    const line = source.slice(at, end < 0 ? undefined : end).replace(/\r$/, "");
    const fence = FENCE.exec(line);
    if (fence?.[1] !== undefined && !(fence[1].startsWith("`") && fence[2]?.includes("`")) && !(isList && line.startsWith(" "))) {
      text(at);
      const code = fenced(source, next, fence[1], fence[2] ?? "", isWhole);
      if (code === undefined) return { settled, rest: source.slice(from) };
      settled.push(code.block);
      from = at = code.end;
      blankBefore = false;
      continue;
    }
    const isBlank = line.trim() === "";
    if (!isBlank) {
      const isItem = ITEM.test(line);
      const isFlush = !/^[ \t]/.test(line);
      const goesOn: boolean = isList && (isItem || !isFlush);
      const isTooLong = at - from > LONGEST && ((isFlush && !/^[|>]/.test(line)) || at - from > 10 * LONGEST);
      if (from < at && ((blankBefore && !goesOn && isFlush) || isTooLong)) text(at);
      if (from === at || blankBefore) isList = isItem || (isList && goesOn);
      else if (isItem) isList = true;
    }
    blankBefore = isBlank;
    at = next;
  }
  if (isWhole) text(source.length);
  return { settled, rest: source.slice(from) };
}

function fenced(source: string, start: number, fence: string, info: string, isWhole: boolean): { block: CodeBlock; end: number } | undefined {
  const language = /^[\w+#.-]+/.exec(info.trim())?.[0] ?? "";
  let at = start;
  while (at < source.length) {
    const end = source.indexOf("\n", at);
    if (end < 0 && !isWhole) return undefined;
    const line = source.slice(at, end < 0 ? undefined : end);
    if (closes(line, fence)) {
      return { block: { kind: "code", language, text: source.slice(start, Math.max(start, at - 1)), closed: true }, end: end < 0 ? source.length : end + 1 };
    }
    if (end < 0) break;
    at = end + 1;
  }
  if (!isWhole) return undefined;
  return { block: { kind: "code", language, text: source.slice(start).replace(/\n$/, ""), closed: false }, end: source.length };
}

function settle(blocks: Blocks, settled: readonly Block[], open: string): Blocks {
  if (settled.length === 0) return { ...blocks, open };
  let full = blocks.full;
  let recent = [...blocks.recent, ...settled];
  while (recent.length >= GROUP) {
    full = [...full, recent.slice(0, GROUP)];
    recent = recent.slice(GROUP);
  }
  return { full, recent, open };
}

/** Adds what streamed in. */
export function grow(blocks: Blocks, delta: string): Blocks {
  const source = blocks.open + delta;
  if (!delta.includes("\n") && source.length < 10 * LONGEST) return { ...blocks, open: source };
  const { settled, rest } = cut(source, false);
  return settle(blocks, settled, rest);
}

/** Nothing follows: all is settled. */
export function close(blocks: Blocks): Blocks {
  return settle(blocks, cut(blocks.open, true).settled, "");
}

/** The blocks of what is not settled, as they would be if it ended now. */
export function openBlocks(blocks: Blocks): readonly Block[] {
  return blocks.open === "" ? [] : cut(blocks.open, true).settled;
}

/** All of a text that is complete. */
export function blocksOf(source: string): Blocks {
  return settle(noBlocks, cut(source, true).settled, "");
}
