// The escapes of a terminal: colours and weights become styles, everything else is left
// out, so that no output moves a cursor, sets a title or makes a link.

import { visible } from "./text";

/** Colours are 0 to 15, as the terminal of the editor has them. */
export interface Style {
  foreground?: number;
  background?: number;
  bold?: true;
  dim?: true;
  italic?: true;
  underline?: true;
  strike?: true;
  inverse?: true;
}

export interface Piece {
  text: string;
  style: Style;
}

export const noStyle: Style = {};

// CSI, then OSC/DCS/APC/PM/SOS up to their end, then escapes of two or three characters; what is not complete goes too.
const ESCAPE = /(?:\u001b\[|\u009b)([0-?]*)[ -/]*([@-~])?|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c|$)?|\u001b[ -/]*[0-~]?/g;

/** One of the 256 colours as one of the 16; those of the cube and of greys by the nearest. */
function basic(color: number): number | undefined {
  if (color < 16) return color;
  if (color > 255) return undefined;
  if (color >= 232) return color < 238 ? 8 : color < 250 ? 7 : 15;
  const cube = color - 16;
  return nearest(Math.floor(cube / 36) * 51, (Math.floor(cube / 6) % 6) * 51, (cube % 6) * 51);
}

function nearest(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  if (most < 48) return 0;
  const half = most / 2;
  const hue = (red > half ? 1 : 0) | (green > half ? 2 : 0) | (blue > half ? 4 : 0);
  return hue === 7 ? (most > 200 ? 15 : most > 110 ? 7 : 8) : hue + (most > 200 ? 8 : 0);
}

function extended(codes: readonly number[], at: number): { color: number | undefined; used: number } {
  if (codes[at + 1] === 5) return { color: basic(codes[at + 2] ?? 0), used: 2 };
  if (codes[at + 1] === 2) return { color: nearest(codes[at + 2] ?? 0, codes[at + 3] ?? 0, codes[at + 4] ?? 0), used: 4 };
  return { color: undefined, used: 0 };
}

function without(style: Style, ...names: (keyof Style)[]): Style {
  const rest = { ...style };
  for (const name of names) Reflect.deleteProperty(rest, name);
  return rest;
}

/** The style after the codes of a `m`. */
function restyled(before: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  let style = before;
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) style = noStyle;
    else if (code === 1) style = { ...style, bold: true };
    else if (code === 2) style = { ...style, dim: true };
    else if (code === 3) style = { ...style, italic: true };
    else if (code === 4) style = { ...style, underline: true };
    else if (code === 7) style = { ...style, inverse: true };
    else if (code === 9) style = { ...style, strike: true };
    else if (code === 22) style = without(style, "bold", "dim");
    else if (code === 23) style = without(style, "italic");
    else if (code === 24) style = without(style, "underline");
    else if (code === 27) style = without(style, "inverse");
    else if (code === 29) style = without(style, "strike");
    else if (code >= 30 && code <= 37) style = { ...style, foreground: code - 30 };
    else if (code >= 90 && code <= 97) style = { ...style, foreground: code - 82 };
    else if (code >= 40 && code <= 47) style = { ...style, background: code - 40 };
    else if (code >= 100 && code <= 107) style = { ...style, background: code - 92 };
    else if (code === 39) style = without(style, "foreground");
    else if (code === 49) style = without(style, "background");
    else if (code === 38 || code === 48) {
      const { color, used } = extended(codes, at);
      at += used;
      if (color !== undefined) style = { ...style, [code === 38 ? "foreground" : "background"]: color };
    }
  }
  return style;
}

function isColour(escape: RegExpExecArray): boolean {
  return escape[2] === "m" && /^[\d;:]*$/.test(escape[1] ?? "");
}

/** The style that is in force after a text. */
export function styleAfter(text: string, before: Style): Style {
  if (!/[\u001b\u009b]/.test(text)) return before;
  let style = before;
  for (const escape of text.matchAll(ESCAPE)) if (isColour(escape)) style = restyled(style, escape[1] ?? "");
  return style;
}

/** A text without what is not to be seen, in pieces of one style. */
export function pieces(text: string, before: Style): Piece[] {
  const found: Piece[] = [];
  let style = before;
  let at = 0;
  const add = (piece: string) => {
    const shown = visible(piece.replaceAll("\r", "").replace(/[^\n]\u0008|\u0007/g, ""));
    const last = found.at(-1);
    if (shown === "") return;
    if (last?.style === style) last.text += shown;
    else found.push({ text: shown, style });
  };
  for (const escape of text.matchAll(ESCAPE)) {
    add(text.slice(at, escape.index));
    at = escape.index + escape[0].length;
    if (isColour(escape)) style = restyled(style, escape[1] ?? "");
  }
  add(text.slice(at));
  return found;
}

/** The classes of a style; `ansi-f1` is red, `ansi-b1` red behind. */
export function classesOf(style: Style): string {
  const names: string[] = [];
  const foreground = style.inverse ? style.background : style.foreground;
  const background = style.inverse ? style.foreground : style.background;
  if (foreground !== undefined) names.push(`ansi-f${foreground}`);
  if (background !== undefined) names.push(`ansi-b${background}`);
  if (style.inverse && foreground === undefined && background === undefined) names.push("ansi-inverse");
  for (const name of ["bold", "dim", "italic", "underline", "strike"] as const) if (style[name]) names.push(`ansi-${name}`);
  return names.join(" ");
}
