// "Fix with Tiro" at problems, "Explain" and "Write a test" at a selection. What the model is told
// of the place is the server's to say.

import { CodeAction, CodeActionKind, languages, type CodeActionProvider, type Disposable } from "vscode";
import type { Folders } from "./folders";
import { isForeign } from "./requests";

/** Problems of one place for which a fix is offered. */
const FIXES = 5;

export function codeActions(folders: Folders): Disposable {
  const provider: CodeActionProvider = {
    provideCodeActions(document, range, context) {
      if (!folders.of(document.uri)) return [];
      const problems = context.diagnostics.filter(isForeign);
      const fixes = problems.slice(0, FIXES).map((problem) => {
        const action = new CodeAction(`Fix with Tiro: ${firstLine(problem.message)}`, CodeActionKind.QuickFix);
        action.diagnostics = [problem];
        action.command = { command: "tiro.fix", title: "Fix with Tiro", arguments: [document.uri, problem.range, [problem]] };
        return action;
      });
      if (range.isEmpty) return fixes;
      const explain = new CodeAction("Explain with Tiro", CodeActionKind.Refactor);
      explain.command = { command: "tiro.explain", title: "Explain with Tiro" };
      const test = new CodeAction("Write a test with Tiro", CodeActionKind.Refactor);
      test.command = { command: "tiro.writeTest", title: "Write a test with Tiro" };
      return [...fixes, explain, test];
    },
  };
  return languages.registerCodeActionsProvider({ scheme: "file" }, provider, {
    providedCodeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.Refactor],
  });
}

function firstLine(message: string): string {
  const [line = ""] = message.trim().split("\n");
  return line.length > 80 ? `${line.slice(0, 80)}…` : line;
}
