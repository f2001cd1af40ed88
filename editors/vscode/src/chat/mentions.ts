// `@` and `/` in what a person writes: what can be completed, and which words mean something
// that is in the editor. Imports nothing of VS Code.

/** What is named by a word of its own. */
export type Special = "selection" | "file" | "problems" | "terminal";

export const SPECIAL: Record<Special, string> = {
  selection: "what is selected in the editor",
  file: "the file in the editor",
  problems: "what is wrong in the file in the editor",
  terminal: "what is selected in the terminal",
};

/** Commands that are written, with what they do and the command of the extension. */
export const SLASH: Record<string, { does: string; command: string }> = {
  new: { does: "begins a new session", command: "tiro.newSession" },
  sessions: { does: "goes on with an earlier session", command: "tiro.sessions" },
  stop: { does: "ends the task that runs", command: "tiro.stop" },
  model: { does: "chooses the model", command: "tiro.model" },
  diff: { does: "shows what the last task has changed", command: "tiro.turnDiff" },
  grants: { does: "shows what is allowed for the session", command: "tiro.grants" },
  restore: { does: "goes back to before a task", command: "tiro.restore" },
  doctor: { does: "tells what works on this machine", command: "tiro.doctor" },
};

/** The command that a message is, if it is nothing else. */
export function slash(text: string): string | undefined {
  const name = /^\/([a-z]+)$/i.exec(text.trim())?.[1]?.toLowerCase();
  return name === undefined || !Object.hasOwn(SLASH, name) ? undefined : SLASH[name]?.command;
}

export interface Mentions {
  special: Special[];
  symbols: string[];
}

/** What a text names apart from files, which the model reads by itself; each once. Code is not looked into. */
export function mentions(text: string): Mentions {
  const prose = text.replace(/```[^]*?(?:```|$)/g, " ").replace(/`[^`\n]*`/g, " ");
  const found = [...prose.matchAll(/(?<![\w@])@(?:#([\p{L}_$][\p{L}\p{N}_$.:]*)|(selection|file|problems|terminal)(?![\w/.-]))/gu)];
  const special = found.flatMap(([, , name]) => (name === undefined ? [] : [name as Special]));
  const symbols = found.flatMap(([, name]) => (name === undefined ? [] : [name.replace(/[.:]+$/, "")]));
  return { special: [...new Set(special)], symbols: [...new Set(symbols)].slice(0, 8) };
}

/** How well a path fits what was typed: less is better, undefined not at all. */
export function score(path: string, typed: string): number | undefined {
  if (typed === "") return path.length;
  const [all, wanted] = [path.toLowerCase(), typed.toLowerCase()];
  const name = all.slice(all.lastIndexOf("/") + 1);
  if (name.startsWith(wanted)) return name.length;
  if (name.includes(wanted)) return 1000 + name.length;
  if (all.includes(wanted)) return 2000 + all.length;
  let at = -1;
  for (const letter of wanted) {
    at = all.indexOf(letter, at + 1);
    if (at < 0) return undefined;
  }
  return 3000 + all.length;
}

/** The best of these paths, best first. */
export function best(paths: readonly string[], typed: string, count: number): string[] {
  const scored = paths.flatMap((path) => {
    const value = score(path, typed);
    return value === undefined ? [] : [{ path, value }];
  });
  return scored
    .sort((a, b) => a.value - b.value || (a.path < b.path ? -1 : 1))
    .slice(0, count)
    .map(({ path }) => path);
}

/** Code as a block that no line of it ends. */
export function fenced(code: string, language: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${code.replace(/\n$/, "")}\n${fence}`;
}
