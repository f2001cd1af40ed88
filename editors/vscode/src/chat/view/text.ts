// Words for people: commands, paths, times, numbers. What comes from a model or a
// command passes `visible`, so that no character can hide or turn around another.

/** Characters that are not seen, or that change the direction of what follows them. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Makes hidden characters seen: a control as its picture, the others as their number. */
export function visible(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(HIDDEN, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `\u27e8U+${code.toString(16).toUpperCase().padStart(4, "0")}\u27e9`;
  });
}

/** In prose, where right-to-left marks are legitimate: only what reorders other text goes. */
export function prose(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, (character) => visible(character));
}

/** Makes a command one line of shell. `bash -lc SCRIPT` is how commands are run; the script says more. */
export function shell(command: readonly string[]): string {
  const [, flag, script] = command;
  if (command.length === 3 && script !== undefined && /^-l?c$/.test(flag ?? "")) return visible(script);
  return command
    .map((argument) => (/^[\w\-./=:@%+,]+$/.test(argument) ? argument : `'${visible(argument).replaceAll("'", "'\\''")}'`))
    .join(" ");
}

/** The first line as far as a person takes it in at a glance, and whether there is more. */
export function firstLine(text: string): string {
  const end = text.indexOf("\n");
  const line = (end < 0 ? text : text.slice(0, end)).slice(0, 300);
  return line.length === text.length ? line : `${line} …`;
}

/** A path below the folder, without the folder. */
export function short(path: string, root: string | undefined): string {
  if (root === undefined) return visible(path);
  for (const separator of ["/", "\\"]) {
    if (path.startsWith(root + separator)) return visible(path.slice(root.length + 1));
  }
  return visible(path);
}

/** A text with the paths below the folder without it. */
export function within(text: string, root: string | undefined): string {
  return root === undefined ? text : text.replaceAll(`${root}/`, "").replaceAll(`${root}\\`, "");
}

/** The last part of a path. */
export function baseName(path: string): string {
  return visible(path.split(/[/\\]/).findLast((part) => part !== "") ?? path);
}

export function elapsed(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** With commas. The language data of the browser take 50 ms to load for as much. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** Tokens, short: 950, 12.3k, 1.2M. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_950) return `${(count / 1000).toFixed(count < 99_950 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}
