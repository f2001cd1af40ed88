// Markdown as nodes: the tokens of markdown-it become elements of a fixed set with
// attributes of a fixed set. No HTML is made or parsed, no picture is fetched.

import type { ComponentChildren, VNode } from "preact";
import { createElement } from "preact";
import MarkdownIt from "markdown-it";
import { fileName, target, type Target } from "./links";
import { prose, visible } from "./text";

const parser = new MarkdownIt("commonmark", { html: false }).enable(["table", "strikethrough"]);
// Every link is shown; where it may go is decided when it becomes a node.
parser.validateLink = () => true;
// An address stays as it was written, so that a person sees what is there; a lone `%` is one.
parser.normalizeLink = (url) => url.replace(/%(?![\da-f]{2})/gi, "%25");
parser.normalizeLinkText = (url) => url;

type Token = ReturnType<typeof parser.parse>[number];

const elements = new Set(["p", "em", "strong", "s", "ul", "ol", "li", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "br", "table", "thead", "tbody", "tr", "th", "td"]);

/** What the nodes need from around them: code is shown by others, links go out as messages. */
export interface Surroundings {
  code: (text: string, language: string) => VNode;
  follow: (target: Target) => void;
}

function Link(props: { to: Target; title: string; around: Surroundings; children: ComponentChildren }): VNode {
  const { to, around } = props;
  const follow = (event: Event) => {
    // The editor follows a link by itself unless it never hears of the click.
    event.preventDefault();
    event.stopPropagation();
    around.follow(to);
  };
  return (
    <a href={to.kind === "web" ? to.href : "#"} title={props.title} class={to.kind} onClick={follow}>
      {props.children}
    </a>
  );
}

/** A box before an item of a list of things to do. */
function tick(inline: Token | undefined): void {
  const first = inline?.children?.[0];
  if (first?.type === "text") first.content = first.content.replace(/^\[([ xX])\] /, (_, mark) => (mark === " " ? "☐ " : "☑ "));
}

/** The children of an element, and where they end. */
function nodes(tokens: readonly Token[], start: number, around: Surroundings): { children: ComponentChildren[]; end: number } {
  const children: ComponentChildren[] = [];
  let at = start;
  for (; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === undefined || token.nesting < 0) break;
    if (token.nesting > 0) {
      if (token.type === "list_item_open") tick(tokens[at + 2]);
      const inner = nodes(tokens, at + 1, around);
      children.push(element(token, inner.children, around));
      at = inner.end;
    } else {
      children.push(leaf(token, around));
    }
  }
  return { children, end: at };
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

function element(token: Token, children: ComponentChildren[], around: Surroundings): ComponentChildren {
  if (token.hidden) return children;
  if (token.tag === "a") {
    const href = attribute(token, "href");
    const to = target(href);
    if (!to) return children;
    return <Link to={to} title={visible(to.kind === "web" ? to.href : to.path)} around={around}>{children}</Link>;
  }
  if (!elements.has(token.tag)) return children;
  // The view has headings of its own above these.
  const heading = /^h([1-6])$/.exec(token.tag)?.[1];
  if (heading) return <div class={`heading h${heading}`} role="heading" aria-level={Math.min(Number(heading) + 2, 6)} dir="auto">{children}</div>;
  if (token.tag === "ol") {
    const first = Number(attribute(token, "start") || 1);
    return <ol start={Number.isSafeInteger(first) ? first : 1}>{children}</ol>;
  }
  if (token.tag === "table") return <div class="table" tabIndex={0} role="group" aria-label="Table"><table>{children}</table></div>;
  if (token.tag === "th" || token.tag === "td") {
    const side = /text-align:(left|right|center)/.exec(attribute(token, "style"))?.[1];
    return createElement(token.tag, { dir: "auto", ...(side ? { class: `to-${side}` } : {}) }, children);
  }
  return createElement(token.tag, token.tag === "p" || token.tag === "li" ? { dir: "auto" } : {}, children);
}

function leaf(token: Token, around: Surroundings): ComponentChildren {
  switch (token.type) {
    case "inline":
      return nodes(token.children ?? [], 0, around).children;
    case "text":
    case "text_special":
      return prose(token.content);
    case "softbreak":
      return "\n";
    case "hardbreak":
      return <br />;
    case "hr":
      return <hr />;
    case "code_inline": {
      const to = fileName(token.content);
      const code = <code dir="ltr">{visible(token.content)}</code>;
      return to ? <Link to={to} title={`Open ${visible(token.content)}`} around={around}>{code}</Link> : code;
    }
    case "code_block":
      return around.code(token.content.replace(/\n$/, ""), "");
    case "fence":
      return around.code(token.content.replace(/\n$/, ""), /^[\w+#.-]+/.exec(token.info.trim())?.[0] ?? "");
    case "image":
      return picture(token, around);
    default:
      return prose(token.content);
  }
}

/** A picture is not fetched: its words, with a link to it where that may be followed. */
function picture(token: Token, around: Surroundings): VNode {
  const words = prose(token.content.trim() === "" ? "picture" : token.content);
  const to = target(attribute(token, "src"));
  if (!to) return <span class="picture">{words}</span>;
  return <Link to={to} title={visible(to.kind === "web" ? to.href : to.path)} around={around}><span class="picture">{words}</span></Link>;
}

/** A block of Markdown. */
export function markdown(source: string, around: Surroundings): ComponentChildren {
  return nodes(parser.parse(source, {}), 0, around).children;
}
