// What a text becomes when code is put into it. Imports nothing of VS Code.

/** Offsets of what is selected; the same where it is only a cursor. */
export interface Place {
  from: number;
  to: number;
}

/** The text with the code in each of these places, which do not overlap. */
export function inserted(text: string, places: readonly Place[], code: string): string {
  const ending = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = code.replace(/\r?\n/g, ending);
  return places
    .toSorted((one, other) => other.from - one.from)
    .reduce((result, { from, to }) => result.slice(0, from) + lines + result.slice(to), text);
}
