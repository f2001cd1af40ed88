// What a screen reader is told of what happened between two frames: answers when they are
// complete, questions, failures; never the pieces of a stream. Pure.

import type { Blocks } from "./blocks";
import { execTitle } from "./scope";
import { firstLine, plural, shell } from "./text";
import type { Entry, Transcript } from "./transcript";

const LONGEST = 600;

function words(blocks: Blocks): string {
  const parts: string[] = [];
  let length = 0;
  for (const block of [...blocks.full.flat(), ...blocks.recent]) {
    const text = block.kind === "code" ? "(code)" : block.source.replace(/[*_`#>|]/g, "").replace(/\s+/g, " ").trim();
    parts.push(text);
    length += text.length;
    if (length > LONGEST) break;
  }
  const all = parts.join(" ");
  return all.length > LONGEST ? `${all.slice(0, LONGEST)} …` : all;
}

function news(before: Entry | undefined, after: Entry): string | undefined {
  switch (after.kind) {
    case "message":
      return after.complete && !(before?.kind === "message" && before.complete) ? `Tiro: ${words(after.blocks)}` : undefined;
    case "exec":
      if (after.standing.state !== "waiting" || before) return undefined;
      return `Tiro asks: ${execTitle(after.request)} ${firstLine(shell(after.request.command))}`;
    case "patch":
      if (after.standing.state === "waiting" && !(before?.kind === "patch" && before.standing.state === "waiting")) {
        return `Tiro asks: Apply changes to ${plural(after.files.length, "file")}?`;
      }
      return after.applied === "failed" && !(before?.kind === "patch" && before.applied === "failed") ? "Changes were not applied" : undefined;
    case "command": {
      const code = after.ended?.exitCode;
      if (code === undefined || code === 0 || (before?.kind === "command" && before.ended)) return undefined;
      return `Command failed with exit code ${code}: ${firstLine(shell(after.command))}`;
    }
    case "error":
      return before ? undefined : `Error: ${after.text}`;
    case "said":
    case "reasoning":
    case "plan":
    case "changed":
    case "notice":
      return undefined;
  }
}

/** What to say, in order; nothing where another talk is shown. */
export function announcements(before: Transcript, after: Transcript): string[] {
  const found: string[] = [];
  const first = after.entries[0];
  const isOther = before.entries[0] !== undefined && before.entries[0].key !== first?.key;
  if (!isOther) {
    for (const [index, entry] of after.entries.entries()) {
      const old = before.entries[index];
      if (old === entry) continue;
      const text = news(old, entry);
      if (text !== undefined) found.push(text);
    }
  }
  if (before.running && !after.running) found.push("Tiro has finished");
  if (!before.running && after.running) found.push("Tiro is working");
  return found;
}
