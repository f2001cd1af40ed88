// Where a link of a model may go: to the web, or to a file of the workspace. Anything else
// is text. Pure.

export type Target = { kind: "web"; href: string } | { kind: "file"; path: string; line?: number };

const LONGEST = 2_000;

/** `path`, `path:12`, `path:12:3`, `path#L12`, `path#L12-L20`. */
function file(text: string): Target | undefined {
  const found = /^(.*?)(?:#L(\d+)(?:-L?\d+)?|:(\d+)(?::\d+)?(?:-\d+)?)?$/.exec(text);
  if (!found) return undefined;
  const path = found[1];
  // A path of another machine would be asked for over the network.
  if (!path || /^[/\\]{2}/.test(path)) return undefined;
  const line = Number(found[2] ?? found[3]);
  return { kind: "file", path, ...(line > 0 ? { line } : {}) };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Where the `href` of a Markdown link goes; undefined where it goes nowhere. */
export function target(href: string): Target | undefined {
  const text = href.trim();
  if (text === "" || text.length > LONGEST || /[\u0000-\u001f\u007f]/.test(text)) return undefined;
  if (/^https?:/i.test(text)) {
    if (!URL.canParse(text)) return undefined;
    const url = new URL(text);
    // A name before the host makes an address look like another.
    return url.username === "" && url.password === "" ? { kind: "web", href: url.href } : undefined;
  }
  const path = decoded(text.replace(/^file:\/\/(?=\/)/i, ""));
  if (path === undefined || path.startsWith("#") || path.includes("\0")) return undefined;
  // One letter and a colon is a drive; more are a scheme, unless a line number follows.
  if (/^[a-z][a-z0-9+.-]+:(?!\d)/i.test(path)) return undefined;
  return file(path.replace(/^\/(?=[a-z]:[\\/])/i, ""));
}

/** Whether code in a sentence looks like the name of a file, perhaps with a line. */
export function fileName(code: string): Target | undefined {
  if (code.length > 200 || /\s|[<>|"'`*?{}()[\]=;,$&\\!]/.test(code)) return undefined;
  if (!/^(?:\.{0,2}\/)?[\w@.+-]+(?:\/[\w@.+-]+)*\.[a-z]\w{0,7}(?:[:#]L?\d+(?:[:-]L?\d+)?)?$/i.test(code)) return undefined;
  // `self.name` is code; a name of one part needs a line, or an extension that files have.
  if (!code.includes("/") && !/:\d/.test(code) && !/\.(?:rs|tsx?|jsx?|mjs|cjs|py|go|lua|rb|java|kt|c|h|cc|cpp|hpp|cs|swift|php|md|txt|json|ya?ml|toml|lock|html?|css|scss|sh|sql|xml|el|vim)$/.test(code)) return undefined;
  return target(code);
}
