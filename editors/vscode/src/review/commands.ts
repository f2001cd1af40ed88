// The commands that decide about proposed changes and go from one to the next. Each works on what
// it is given - a lens, an entry of the tree - or on where the cursor is.

import { commands, Position, Range, Selection, TextEditorRevealType, Uri, window, type Disposable } from "vscode";
import type { Diffs } from "./diff";
import { next, within } from "./places";
import type { Located, Review } from "./review";
import type { Node } from "./tree";

/** As a code lens names a hunk. */
interface Named {
  proposal: string;
  hunk: string;
}

export function reviewCommands(review: Review, diffs: Diffs): Disposable[] {
  const at = (argument: unknown): Promise<Located[]> => pointedAt(review, diffs, argument);
  const decide = async (places: readonly Located[], accept: boolean): Promise<void> => {
    if (places.length === 0) void window.showInformationMessage("Tiro: no proposed change is there.");
    await review.decide(places, accept);
  };
  const inFile = async (argument: unknown): Promise<Located[]> => {
    const uri = fileOf(diffs, argument);
    if (uri) return review.undecided.filter((place) => place.uri.toString() === uri.toString());
    const uris = new Set((await at(argument)).map((place) => place.uri.toString()));
    return review.undecided.filter((place) => uris.has(place.uri.toString()));
  };
  const all: Record<string, (argument?: unknown) => Promise<void>> = {
    "tiro.acceptHunk": async (argument) => decide(await at(argument), true),
    "tiro.rejectHunk": async (argument) => decide(await at(argument), false),
    "tiro.acceptFile": async (argument) => decide(await inFile(argument), true),
    "tiro.rejectFile": async (argument) => decide(await inFile(argument), false),
    "tiro.acceptAll": () => decide(review.undecided, true),
    "tiro.rejectAll": () => decide(review.undecided, false),
    "tiro.nextChange": () => jump(review, 1),
    "tiro.previousChange": () => jump(review, -1),
    "tiro.goToChange": async (argument) => {
      const [place] = await at(argument);
      if (place) await go(place, diffs);
    },
    "tiro.openDiff": async (argument) => {
      const [place] = [...(await at(argument)), ...(await inFile(argument)), ...review.undecided];
      if (place) await diffs.openPlace(place);
      else void window.showInformationMessage("Tiro: nothing is proposed.");
    },
  };
  return Object.entries(all).map(([name, run]) =>
    commands.registerCommand(name, async (argument?: unknown) => {
      try {
        await run(argument);
      } catch (error) {
        void window.showErrorMessage(`Tiro: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
  );
}

/** The places that an argument names, or that the cursor is at. */
async function pointedAt(review: Review, diffs: Diffs, argument: unknown): Promise<Located[]> {
  if (isNode(argument)) return argument.kind === "file" ? argument.places : [argument.place];
  if (isNamed(argument)) {
    const place = review.find(argument.proposal, argument.hunk);
    return place ? [place] : [];
  }
  const editor = window.activeTextEditor;
  if (!editor) return [];
  const { document, selection } = editor;
  const shown = await diffs.hunkAt(document.uri, selection.active.line);
  if (shown) {
    const place = review.find(shown.proposal, shown.hunk.id);
    return place ? [place] : [];
  }
  const own = review.in(document);
  const lines = { start: selection.start.line, end: selection.end.line + 1 };
  const paths = [...new Set(own.map(({ file }) => file.path))];
  return paths.flatMap((path) => within(own, path, lines, document.lineCount)) as Located[];
}

/** The file that an argument names, or that the editor shows. */
function fileOf(diffs: Diffs, argument: unknown): Uri | undefined {
  if (isNode(argument)) return argument.kind === "file" ? argument.places[0]?.uri : argument.place.uri;
  if (isNamed(argument)) return undefined;
  const uri = argument instanceof Uri ? argument : window.activeTextEditor?.document.uri;
  const shown = uri && diffs.shown(uri);
  return shown ? shown.folder.uri(shown.file.path) : uri;
}

function isNode(argument: unknown): argument is Node {
  return typeof argument === "object" && argument !== null && "kind" in argument && ("places" in argument || "place" in argument);
}

function isNamed(argument: unknown): argument is Named {
  return typeof argument === "object" && argument !== null && "proposal" in argument && "hunk" in argument;
}

async function jump(review: Review, step: 1 | -1): Promise<void> {
  const all = review.undecided;
  const editor = window.activeTextEditor;
  const here = editor && all.find(({ uri }) => uri.toString() === editor.document.uri.toString());
  const line = here ? editor.selection.active.line : 0;
  const place = next(all, here?.file.path ?? "", line, step);
  if (!place) void window.showInformationMessage("Tiro: there are no proposed changes.");
  else await go(place as Located);
}

/** Shows a change in its file; one without a file in a diff. */
async function go(place: Located, diffs?: Diffs): Promise<void> {
  if (place.file.kind === "add") {
    if (diffs) await diffs.openPlace(place);
    else await commands.executeCommand("tiro.openDiff", { proposal: place.proposal, hunk: place.hunk.id });
    return;
  }
  const editor = await window.showTextDocument(place.uri, { preview: true });
  const line = Math.min(Math.max(place.hunk.orig_index - 1, 0), editor.document.lineCount - 1);
  const at = new Position(line, 0);
  editor.selection = new Selection(at, at);
  editor.revealRange(new Range(at, at), TextEditorRevealType.InCenterIfOutsideViewport);
}
