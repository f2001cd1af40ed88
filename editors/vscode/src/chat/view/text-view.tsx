// Text that may be long: blocks of Markdown, code, output. What is settled is drawn once;
// what is long is drawn in parts, a few milliseconds a frame.

import { createContext, type ComponentChildren, type VNode } from "preact";
import { useContext, useMemo, useState } from "preact/hooks";
import { classesOf, pieces, type Style } from "./ansi";
import { openBlocks, type Block, type Blocks } from "./blocks";
import { highlighted } from "./highlight";
import { Icon, IconButton } from "./icons";
import type { Target } from "./links";
import { markdown } from "./markdown";
import { memo } from "./memo";
import { useNear } from "./near";
import type { Segment } from "./output";
import { plural, visible } from "./text";
import { useTurn } from "./turns";

/** What text can do to the editor. */
export interface TextActions {
  follow: (target: Target) => void;
  copy: (text: string) => void;
  insert: (text: string) => void;
  /** Shows what it would change. */
  compare: (text: string) => void;
}

export const Actions = createContext<TextActions>({ follow: () => undefined, copy: () => undefined, insert: () => undefined, compare: () => undefined });

/** Characters of a line, and of a text of one piece, before the rest has to be asked for. */
const LINE = 2_000;
const TEXT = 60_000;
const CODE = { lines: 120, size: 8_000 };

/** Draws its children when there is time for it. */
function Deferred({ children, size }: { children: () => ComponentChildren; size: string }): VNode {
  const isDue = useTurn();
  return <div class={`part ${size}`}>{isDue ? children() : null}</div>;
}

/** Cuts lines that are too long; says how much is gone. */
export function cutLines(text: string, most: number): { text: string; gone: number } {
  if (text.length <= most) return { text, gone: 0 };
  let gone = 0;
  const lines = text.split("\n").map((line) => {
    if (line.length <= most) return line;
    gone += line.length - most;
    return `${line.slice(0, most)} …`;
  });
  return gone === 0 ? { text, gone } : { text: lines.join("\n"), gone };
}

function ShowAll({ gone, onClick }: { gone: number; onClick: () => void }): VNode {
  return (
    <button type="button" class="link more" onClick={onClick}>
      Show all: {plural(gone, "more character")} in long lines
    </button>
  );
}

/** Lines of an output in the colours that the command gave them. */
export const Terminal = memo(function Terminal({ text, style }: { text: string; style: Style }): VNode {
  const [isWhole, setWhole] = useState(false);
  const { text: shown, gone } = isWhole ? { text, gone: 0 } : cutLines(text, LINE);
  const parts = pieces(shown, style);
  return (
    <>
      {parts.map((part, index) => {
        const classes = classesOf(part.style);
        return classes === "" ? part.text : <span key={index} class={classes}>{part.text}</span>;
      })}
      {gone > 0 && <ShowAll gone={gone} onClick={() => { setWhole(true); }} />}
    </>
  );
});

export const OutputSegment = memo(function OutputSegment({ segment }: { segment: Segment }): VNode {
  return <Deferred size="lines">{() => <Terminal text={segment.text} style={segment.style} />}</Deferred>;
});

const CodePart = memo(function CodePart({ text, language, size }: { text: string; language: string; size: string }): VNode {
  const [isWhole, setWhole] = useState(false);
  const [element, isNear] = useNear<HTMLDivElement>();
  const { text: shown, gone } = isWhole ? { text, gone: 0 } : cutLines(text, LINE);
  const nodes = useMemo(() => (isNear ? highlighted(visible(shown), language) : visible(shown)), [shown, language, isNear]);
  return (
    <div ref={element} class={size}>
      {nodes}
      {gone > 0 && <ShowAll gone={gone} onClick={() => { setWhole(true); }} />}
    </div>
  );
});

/** Cuts code at lines, each part small enough to be coloured in no time. */
export function codeParts(text: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let lines = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at);
    const next = end < 0 ? text.length : end + 1;
    lines++;
    if ((lines >= CODE.lines || next - from >= CODE.size) && next < text.length) {
      parts.push(text.slice(from, next));
      from = next;
      lines = 0;
    }
    at = next;
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from));
  return parts;
}

export const Code = memo(function Code({ text, language, isOpen = false }: { text: string; language: string; isOpen?: boolean }): VNode {
  const actions = useContext(Actions);
  const [element, isNear] = useNear<HTMLDivElement>();
  const parts = codeParts(text);
  const name = language === "" ? "Code" : visible(language);
  return (
    <div class="code" ref={element}>
      <div class="code-bar">
        <span class="language">{language === "" ? "" : visible(language)}</span>
        <IconButton icon="copy" isDrawn={isNear} label={`Copy ${name}`} onClick={() => { actions.copy(text); }} />
        <IconButton icon="diff" isDrawn={isNear} label={`Compare ${name} with the file in the editor`} disabled={isOpen} onClick={() => { actions.compare(text); }} />
        <IconButton icon="insert" isDrawn={isNear} label={`Insert ${name} at the cursor`} disabled={isOpen} onClick={() => { actions.insert(text); }} />
      </div>
      <pre tabIndex={0} dir="ltr" aria-label={name} role="group">
        <code>
          {parts.length === 1
            ? <CodePart text={parts[0] ?? ""} language={language} size="" />
            : parts.map((part, index) => index === parts.length - 1
              ? <CodePart key={index} text={part} language={language} size="part lines" />
              : <Deferred key={index} size="lines">{() => <CodePart text={part} language={language} size="" />}</Deferred>)}
        </code>
      </pre>
    </div>
  );
});

/** Plain words, of which the first are shown where they are many. */
export function Plain({ text, most = 4_000 }: { text: string; most?: number }): VNode {
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && text.length > most;
  return (
    <>
      {visible(isCut ? `${text.slice(0, most)} …` : text)}
      {isCut && (
        <button type="button" class="link more" onClick={() => { setWhole(true); }}>
          Show all: {plural(text.length - most, "more character")}
        </button>
      )}
    </>
  );
}

const MarkdownText = memo(function MarkdownText({ source }: { source: string }): VNode {
  const { follow } = useContext(Actions);
  const nodes = useMemo(
    () => (source.length > TEXT ? undefined : markdown(source, { follow, code: (text, language) => <Code text={text} language={language} /> })),
    [source, follow],
  );
  // No person writes a paragraph of this length: it is shown as it is.
  return nodes === undefined ? <p class="plain"><Plain text={source} /></p> : <>{nodes}</>;
});

function BlockView({ block }: { block: Block }): VNode {
  return block.kind === "code"
    ? <Code text={block.text} language={block.language} isOpen={!block.closed} />
    : <MarkdownText source={block.source} />;
}

const Group = memo(function Group({ blocks }: { blocks: readonly Block[] }): VNode {
  return <Deferred size="blocks">{() => blocks.map((block, index) => <BlockView key={index} block={block} />)}</Deferred>;
});

type Groups = Blocks["full"];

/** Groups that are one part of the page, so that it has few of them however long the text is. */
const CHUNK = 16;

/** Some groups; it is the same as long as the first and the last of them are. */
const Chunk = memo(function Chunk({ children }: { first: Groups[number] | undefined; last: Groups[number] | undefined; children: () => ComponentChildren }): VNode {
  return <div class="part chunk">{children()}</div>;
});

function chunks(groups: Groups): VNode[] {
  return Array.from({ length: Math.ceil(groups.length / CHUNK) }, (_, at) => {
    const some = groups.slice(at * CHUNK, (at + 1) * CHUNK);
    return <Chunk key={at} first={some[0]} last={some.at(-1)}>{() => some.map((group, index) => <Group key={index} blocks={group} />)}</Chunk>;
  });
}

/** Markdown as it streams in: only what is not settled is drawn again. */
export const BlocksView = memo(function BlocksView({ blocks }: { blocks: Blocks }): VNode {
  const last = [...blocks.recent, ...openBlocks(blocks)];
  return (
    <div class="markdown">
      {chunks(blocks.full)}
      <Deferred key="recent" size="recent">{() => last.map((block, index) => <BlockView key={index} block={block} />)}</Deferred>
    </div>
  );
});

/** A heading that shows and hides what belongs to it. */
export function Disclosure(props: { isOpen: boolean; onToggle: () => void; summary: ComponentChildren; class?: string; children?: ComponentChildren; beside?: ComponentChildren }): VNode {
  return (
    <div class={`disclosure ${props.class ?? ""}`}>
      <div class="disclosure-bar">
        <button type="button" class="disclosure-button" aria-expanded={props.isOpen} onClick={props.onToggle}>
          <span class={props.isOpen ? "chevron is-open" : "chevron"}><Icon name="chevron" /></span>
          {props.summary}
        </button>
        {props.beside}
      </div>
      {props.isOpen && <div class="disclosure-body">{props.children}</div>}
    </div>
  );
}
