// Colours of code: languages of highlight.js and small ones of our own. What it writes is
// taken apart into nodes again, so that no HTML reaches the page.

import { h, type ComponentChild } from "preact";
import core from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import diff from "highlight.js/lib/languages/diff";
import go from "highlight.js/lib/languages/go";
import ini from "highlight.js/lib/languages/ini";
import json from "highlight.js/lib/languages/json";
import lua from "highlight.js/lib/languages/lua";
import python from "highlight.js/lib/languages/python";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { grammars } from "./grammars";

const languages = { bash, diff, go, ini, json, lua, python, ruby, rust, typescript, xml, yaml, ...grammars };
for (const [name, language] of Object.entries(languages)) core.registerLanguage(name, language);
core.registerAliases(["console", "shellsession", "fish", "shell"], { languageName: "bash" });
core.registerAliases(["javascript", "js", "jsx", "mjs", "cjs"], { languageName: "typescript" });
core.registerAliases(["vue", "svelte"], { languageName: "xml" });
core.registerAliases(["env", "dotenv", "properties"], { languageName: "ini" });
core.registerAliases(["jsonl"], { languageName: "json" });

/** Longer lines are data; colours are not worth their time. */
const LONGEST_LINE = 2_000;

const entities: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };

type Node = ComponentChild;

/** Takes apart `<span class="…">`, `</span>` and escaped text, which is all that highlight.js writes. */
export function nodesOf(html: string): Node[] {
  const stack: { name: string; nodes: Node[] }[] = [{ name: "", nodes: [] }];
  const top = () => stack.at(-1) ?? { name: "", nodes: [] };
  for (const [part] of html.matchAll(/<span class="[^"<>]*">|<\/span>|[^<]+|</g)) {
    if (part.startsWith("<span ")) {
      stack.push({ name: part.slice(13, -2), nodes: [] });
    } else if (part === "</span>" && stack.length > 1) {
      const { name, nodes } = stack.pop() ?? top();
      top().nodes.push(h("span", { class: name }, ...nodes));
    } else {
      top().nodes.push(part.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => entities[entity] ?? entity));
    }
  }
  while (stack.length > 1) {
    const { name, nodes } = stack.pop() ?? top();
    top().nodes.push(h("span", { class: name }, ...nodes));
  }
  return top().nodes;
}

/** The code in colours where the language is known, and else as it is. */
export function highlighted(code: string, language: string): Node[] {
  const name = language.toLowerCase();
  if (!core.getLanguage(name) || code.split("\n").some((line) => line.length > LONGEST_LINE)) return [code];
  return nodesOf(core.highlight(code, { language: name, ignoreIllegals: true }).value);
}
