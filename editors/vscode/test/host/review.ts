// What is proposed, in the documents: lenses, diffs, conflicts, one step to undo.

import assert from "node:assert/strict";
import { EndOfLine, Position, Range, commands, window, workspace, type CodeLens } from "vscode";
import { patch } from "../workbench/model";
import { ask, lenses, model, onDisk, proposed, show, test, until, uri } from "./harness";

test("a proposed change is a lens; accepted, it is one step to undo", async () => {
  const editor = await show("b.txt");
  const before = editor.document.getText();
  model.script(patch("*** Update File: b.txt", "@@", "-two", "+2", "+zwei"), { say: ["Done."] });
  await ask("Change two.", 1);
  const [named] = await proposed("b.txt");
  assert.equal(editor.document.getText(), before);
  await commands.executeCommand("tiro.acceptHunk", named);
  await until(() => editor.document.getText() === "one\n2\nzwei\nthree\n");
  await until(async () => (await lenses(editor.document)).length === 0);
  await window.showTextDocument(editor.document);
  await commands.executeCommand("undo");
  await until(() => editor.document.getText() === before);
});

test("the right side of a diff is the proposal over the text as it is typed", async () => {
  await show("c.txt");
  model.script(patch("*** Update File: c.txt", "@@", "-three", "+3"), { say: ["Left."] });
  await ask("Change three.", 1);
  const [named] = await proposed("c.txt");
  await commands.executeCommand("tiro.openDiff", named);
  const right = await until(() => workspace.textDocuments.find((document) => document.uri.scheme === "tiro" && document.uri.path.endsWith("c.txt")));
  assert.equal(right.getText(), "one\ntwo\n3\n");
  const own = await workspace.openTextDocument(uri("c.txt"));
  const typed = await window.showTextDocument(own, { preview: false });
  await typed.edit((edit) => {
    edit.insert(new Position(0, 0), "zero\n");
  });
  await until(() => right.getText() === "zero\none\ntwo\n3\n");
  await commands.executeCommand("tiro.rejectAll");
  await until(async () => (await lenses(own)).length === 0);
  assert.equal(own.getText(), "zero\none\ntwo\nthree\n");
});

test("where the person changed the same lines, theirs stay", async () => {
  const editor = await show("d.txt");
  model.script(patch("*** Update File: d.txt", "@@", "-two", "+2"), { say: ["Left."] });
  await ask("Change two again.", 1);
  await until(async () => (await lenses(editor.document)).length > 0);
  await editor.edit((edit) => {
    edit.replace(new Range(1, 0, 1, 3), "mine");
  });
  await until(async () => {
    const found = await commands.executeCommand<CodeLens[]>("vscode.executeCodeLensProvider", editor.document.uri, 100);
    return found.some(({ command }) => command?.title.includes("conflict"));
  });
  await commands.executeCommand("tiro.rejectAll");
  await until(async () => (await lenses(editor.document)).length === 0);
  assert.equal(editor.document.getText(), "one\nmine\nthree\n");
});

test("a file with Windows' line endings keeps them", async () => {
  const editor = await show("crlf.txt");
  assert.equal(editor.document.eol, EndOfLine.CRLF);
  model.script(patch("*** Update File: crlf.txt", "@@", "-two", "+2", "+zwei"), { say: ["Done."] });
  await ask("Change two in the other.", 1);
  await until(async () => (await lenses(editor.document)).length > 0);
  await commands.executeCommand("tiro.acceptAll");
  await until(() => editor.document.getText() === "one\r\n2\r\nzwei\r\nthree\r\n");
});

test("several files are decided at once, new ones too", async () => {
  await show("b.txt");
  model.script(patch("*** Add File: new/e.txt", "+fresh", "*** Update File: b.txt", "@@", "-one", "+1"), { say: ["Both."] });
  await ask("Add and change.", 1);
  await proposed("b.txt");
  await commands.executeCommand("tiro.acceptAll");
  await until(() => workspace.textDocuments.some((document) => document.uri.path.endsWith("b.txt") && document.getText().startsWith("1\n")));
  // It is made empty before it is written.
  await until(() => onDisk("new/e.txt") === "fresh\n");
});
