// Whether the server and this extension fit. Imports nothing of VS Code.

export type Fit = "same" | "older" | "newer" | "unknown";

function parts(version: string): [number, number, number] | undefined {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version.trim());
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : undefined;
}

/** How the server's version stands to ours. */
export function fit(server: string | undefined, ours: string): Fit {
  const [theirs, mine] = [server === undefined ? undefined : parts(server), parts(ours)];
  if (!theirs || !mine) return "unknown";
  for (const [index, number] of theirs.entries()) {
    const own = mine[index] ?? 0;
    if (number !== own) return number < own ? "older" : "newer";
  }
  return "same";
}

/** What the person is told; nothing where both fit. */
export function mismatch(server: string | undefined, ours: string): string | undefined {
  switch (fit(server, ours)) {
    case "same":
      return undefined;
    case "older":
      return `The Tiro server has the version ${server ?? "?"}, the extension ${ours}: update the server, or clear tiro.server.path to use the one that came along.`;
    case "newer":
      return `The Tiro server has the version ${server ?? "?"}, the extension ${ours}: update the extension.`;
    case "unknown":
      return `The Tiro server does not say which version it has; the extension has ${ours}. Install the same of both.`;
  }
}
