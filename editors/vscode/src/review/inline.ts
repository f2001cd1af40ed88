// Proposed hunks in the editor itself: what goes is marked, what comes is told beside it and in
// whole where one hovers, and a code lens above decides. The text is not touched.

import {
  CodeLens,
  EventEmitter,
  languages,
  MarkdownString,
  OverviewRulerLane,
  Position,
  Range,
  ThemeColor,
  window,
  workspace,
  type CodeLensProvider,
  type DecorationOptions,
  type Disposable,
  type TextDocument,
  type TextEditor,
  type TextEditorDecorationType,
} from "vscode";
import { fenced } from "../chat/mentions";
import { counted, isUndecided, linesOf, sizes } from "./places";
import type { Located, Review } from "./review";

/** Lines of a hunk that a hover shows. */
const HOVER = 60;

type Look = "removed" | "inserted" | "conflict" | "accepted";

export class Inline implements CodeLensProvider, Disposable {
  readonly #lenses = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.#lenses.event;
  readonly #looks: Record<Look, TextEditorDecorationType>;
  readonly #disposables: Disposable[];

  constructor(private readonly review: Review) {
    this.#looks = {
      removed: look("diffEditor.removedLineBackground", "editorOverviewRuler.deletedForeground"),
      // What comes stands beside what goes, whose line has its own colour.
      inserted: window.createTextEditorDecorationType({
        overviewRulerColor: new ThemeColor("editorOverviewRuler.addedForeground"),
        overviewRulerLane: OverviewRulerLane.Left,
      }),
      conflict: look("inputValidation.warningBackground", "editorOverviewRuler.warningForeground"),
      accepted: look("editor.wordHighlightBackground", "editorOverviewRuler.modifiedForeground"),
    };
    this.#disposables = [
      languages.registerCodeLensProvider({ scheme: "file" }, this),
      review.onChange(() => {
        this.#draw(window.visibleTextEditors);
        this.#lenses.fire();
      }),
      window.onDidChangeVisibleTextEditors((editors) => {
        this.#draw(editors);
      }),
      workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("tiro.review")) {
          this.#draw(window.visibleTextEditors);
          this.#lenses.fire();
        }
      }),
    ];
  }

  provideCodeLenses(document: TextDocument): CodeLens[] {
    if (!isOn("codeLens")) return [];
    const all = this.review.undecided;
    return this.review.in(document).flatMap((place) => lenses(place, document, all));
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    for (const type of Object.values(this.#looks)) type.dispose();
    this.#lenses.dispose();
  }

  #draw(editors: readonly TextEditor[]): void {
    for (const editor of editors) {
      const drawn: Record<Look, DecorationOptions[]> = { removed: [], inserted: [], conflict: [], accepted: [] };
      if (isOn("inline")) {
        for (const place of this.review.in(editor.document)) draw(place, editor.document, drawn);
      }
      for (const name of Object.keys(drawn) as Look[]) editor.setDecorations(this.#looks[name], drawn[name]);
    }
  }
}

function isOn(setting: "inline" | "codeLens"): boolean {
  return workspace.getConfiguration("tiro.review").get(setting, true);
}

function look(background: string, ruler: string): TextEditorDecorationType {
  return window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new ThemeColor(background),
    overviewRulerColor: new ThemeColor(ruler),
    overviewRulerLane: OverviewRulerLane.Left,
  });
}

function draw(place: Located, document: TextDocument, drawn: Record<Look, DecorationOptions[]>): void {
  const { hunk } = place;
  const { start, end } = linesOf(hunk, document.lineCount);
  const hoverMessage = hover(place, document);
  const first = Math.min(start, document.lineCount - 1);
  const last = Math.max(first, Math.min(end, document.lineCount) - 1);
  const range = new Range(new Position(first, 0), document.lineAt(last).range.end);
  if (!isUndecided(hunk) || hunk.state === "conflict") {
    drawn[hunk.state === "conflict" ? "conflict" : "accepted"].push({ range, hoverMessage });
    return;
  }
  if (end > start) drawn.removed.push({ range, hoverMessage });
  if (hunk.inserted_lines.length === 0) return;
  // What comes is below what goes, or above the line that it is put before.
  const at = end > start ? last : first;
  drawn.inserted.push({ range: document.lineAt(at).range, hoverMessage, renderOptions: { after: beside(place, end > start) } });
}

function beside({ hunk }: Located, replaces: boolean): NonNullable<NonNullable<DecorationOptions["renderOptions"]>["after"]> {
  const [line = ""] = hunk.inserted_lines;
  const more = hunk.inserted_lines.length - 1;
  const where = replaces ? "→" : "above:";
  return {
    contentText: `${where} ${line.trim().slice(0, 100)}${more > 0 ? `  (and ${counted(more, "more line")})` : ""}`,
    backgroundColor: new ThemeColor("editor.background"),
    color: new ThemeColor("gitDecoration.addedResourceForeground"),
    margin: "0 0 0 2ch",
    textDecoration: "none",
  };
}

function hover(place: Located, document: TextDocument): MarkdownString {
  const { hunk } = place;
  const removed = hunk.state === "conflict" ? (hunk.current_lines ?? []) : hunk.deleted_lines;
  const lines = [...removed.map((line) => `-${line}`), ...hunk.inserted_lines.map((line) => `+${line}`)];
  const shown = lines.slice(0, HOVER).join("\n");
  const markdown = new MarkdownString();
  markdown.appendMarkdown(hunk.state === "conflict" ? "**Tiro: in conflict with what you changed.** " : "**Tiro proposes**\n");
  if (hunk.reason != null) markdown.appendText(hunk.reason);
  markdown.appendMarkdown(`\n${fenced(shown, document.languageId === "diff" ? "" : "diff")}`);
  return markdown;
}

function lenses(place: Located, document: TextDocument, undecided: readonly Located[]): CodeLens[] {
  const { hunk, proposal } = place;
  const line = Math.min(linesOf(hunk, document.lineCount).start, document.lineCount - 1);
  const range = new Range(line, 0, line, 0);
  const lens = (title: string, command: string, tooltip: string): CodeLens =>
    new CodeLens(range, { title, command, tooltip, arguments: [{ proposal, hunk: hunk.id }] });
  if (!isUndecided(hunk)) return [lens("$(check) Accepted: made when the rest is decided", "tiro.openDiff", "Show it as a diff")];
  const others = undecided.filter((other) => other.hunk.id !== hunk.id || other.proposal !== proposal);
  const files = new Set(others.map(({ uri }) => uri.toString())).size;
  const rest = others.length === 0 ? [] : [lens(`${counted(others.length, "more change")} in ${counted(files, "file")}`, "tiro.nextChange", "Go to the next")];
  const what = hunk.state === "conflict" ? [lens("$(warning) In conflict", "tiro.openDiff", hunk.reason ?? "You changed these lines")] : [];
  return [
    ...what,
    lens(`$(check) Accept ${sizes(hunk)}`.trim(), "tiro.acceptHunk", "Take this change"),
    lens("$(x) Reject", "tiro.rejectHunk", "Leave this change"),
    lens("$(diff) Diff", "tiro.openDiff", "Compare the file with what is proposed"),
    ...rest,
  ];
}
