// What a person writes: which word is completed, which commands there are, which pictures
// are taken. Pure.

import type { Completion, FromView } from "../messages";

type CommandName = Extract<FromView, { type: "command" }>["command"];

export interface Word {
  /** With its `@` or `/`, as far as the cursor. */
  text: string;
  /** Where it begins in the prompt. */
  from: number;
}

/** The word before the cursor that names something: an `@` anywhere, a `/` at the very beginning. */
export function wordAt(text: string, cursor: number): Word | undefined {
  const before = text.slice(0, cursor);
  const found = /(?:^|[\s([{"'])(@[^\s@]{0,200})$/.exec(before) ?? /^(\/[\w-]{0,40})$/.exec(before);
  const word = found?.[1];
  return word === undefined ? undefined : { text: word, from: cursor - word.length };
}

interface SlashCommand {
  name: string;
  command: CommandName;
  detail: string;
}

/** The commands of the extension that the view sends by itself. */
const slashCommands: readonly SlashCommand[] = [
  { name: "/new", command: "tiro.newSession", detail: "begin a new session" },
  { name: "/sessions", command: "tiro.sessions", detail: "go on with an earlier session" },
  { name: "/stop", command: "tiro.stop", detail: "end the task that runs" },
  { name: "/model", command: "tiro.model", detail: "choose the model" },
  { name: "/diff", command: "tiro.turnDiff", detail: "what the last task has changed" },
  { name: "/grants", command: "tiro.grants", detail: "what is allowed for the session" },
  { name: "/restore", command: "tiro.restore", detail: "go back to before a task" },
  { name: "/doctor", command: "tiro.doctor", detail: "check what Tiro needs" },
  { name: "/log", command: "tiro.log", detail: "show the log" },
  { name: "/key", command: "tiro.setApiKey", detail: "set the API key" },
  { name: "/restart", command: "tiro.restart", detail: "start the server anew" },
];

/** The command that a whole prompt is. */
export function commandOf(text: string): CommandName | undefined {
  return slashCommands.find((each) => each.name === text.trim())?.command;
}

/** What is offered for a word: the commands that the view knows, and what the extension found. */
export function offers(word: Word, found: readonly Completion[]): Completion[] {
  const own = word.text.startsWith("/")
    ? slashCommands.filter((each) => each.name.startsWith(word.text)).map((each) => ({ label: each.name, insert: each.name, detail: each.detail }))
    : [];
  const names = new Set(own.map((each) => each.insert));
  return [...own, ...found.filter((each) => !names.has(each.insert.trim()))].slice(0, 50);
}

/** The prompt with the word replaced, and where the cursor is then. */
export function completed(text: string, word: Word, cursor: number, insert: string): { text: string; cursor: number } {
  const after = text.slice(cursor);
  const space = /^\s/.test(after) || insert.endsWith("/") ? "" : " ";
  return { text: text.slice(0, word.from) + insert + space + after, cursor: word.from + insert.length + (space === "" && !insert.endsWith("/") ? 1 : space.length) };
}

const kinds = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
/** Bytes of a picture, and of all those of one prompt: a message to the server has an end, and base64 makes a third more. */
const LARGEST = 5 * 1024 * 1024;
const TOGETHER = 15 * 1024 * 1024;

/** Bytes of a `data:` URI, about. */
function bytes(uri: string): number {
  return Math.floor(((uri.length - uri.indexOf(",") - 1) * 3) / 4);
}

/** Why a file cannot be a picture of the prompt; undefined where it can. */
export function refusal(file: { name: string; type: string; size: number }, images: readonly string[]): string | undefined {
  const name = file.name === "" ? "the picture" : file.name;
  if (!kinds.has(file.type)) return `${name} is no PNG, JPEG, GIF or WebP picture; mention a file by @ instead`;
  if (file.size > LARGEST) return `${name} has more than 5 MB; make it smaller first`;
  const sum = images.reduce((all, image) => all + bytes(image), file.size);
  if (sum > TOGETHER) return `${name} does not fit: the pictures of one message may have 15 MB together`;
  return undefined;
}

/** Whether a `data:` URI may be shown: a picture, and nothing that could be a document. */
export function isPicture(uri: string): boolean {
  return /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$/.test(uri.slice(0, 200)) && uri.length < 30_000_000;
}

/** Mentions of files that were dropped as addresses, one a line. */
export function mentions(uriList: string, root: string | undefined): string {
  return uriList
    .split(/\r?\n/)
    .filter((line) => /^(?:file|vscode-remote):\/\//.test(line) && URL.canParse(line))
    .map((line) => {
      const path = decodeURIComponent(new URL(line).pathname).replace(/^\/(?=[A-Za-z]:)/, "");
      return `@${root !== undefined && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path}`;
    })
    .join(" ");
}
