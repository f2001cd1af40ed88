// What the extension tells the server of the editor, and offers in it.

import assert from "node:assert/strict";
import { Diagnostic, DiagnosticSeverity, Position, Range, Selection, commands, extensions, languages, type CodeAction } from "vscode";
import { shell } from "../workbench/model";
import { ask, model, onDisk, show, test, told, until, uri } from "./harness";

test("it is there, and every command of its manifest is", async () => {
  const extension = extensions.getExtension("tiro.tiro");
  assert.ok(extension);
  await extension.activate();
  const manifest = extension.packageJSON as { contributes: { commands: { command: string }[] } };
  const known = new Set(await commands.getCommands(true));
  assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)), []);
});

test("the model is told where the person is and what is wrong there", async () => {
  const found = languages.createDiagnosticCollection("test");
  const problem = new Diagnostic(new Range(1, 0, 1, 3), "two is not allowed", DiagnosticSeverity.Error);
  problem.source = "checker";
  found.set(uri("a.txt"), [problem]);
  const editor = await show("a.txt");
  editor.selection = new Selection(2, 0, 2, 5);
  model.script({ say: ["So it is."] });
  await ask("What is wrong?", 1);
  assert.match(told(), /a\.txt/);
  assert.match(told(), /two is not allowed/);
  assert.match(told(), /three/);
  found.dispose();
});

test("a problem is offered to be fixed, and the model is told which", async () => {
  const found = languages.createDiagnosticCollection("test");
  const range = new Range(0, 0, 0, 3);
  const problem = new Diagnostic(range, "one is wrong", DiagnosticSeverity.Error);
  problem.source = "checker";
  found.set(uri("a.txt"), [problem]);
  await show("a.txt");
  const actions = await commands.executeCommand<CodeAction[]>("vscode.executeCodeActionProvider", uri("a.txt"), range);
  const fix = actions.find(({ title }) => title === "Fix with Tiro: one is wrong");
  assert.ok(fix?.command, actions.map(({ title }) => title).join(", "));
  model.script({ say: ["Fixed."] });
  const before = model.asked.length;
  await commands.executeCommand(fix.command.command, ...((fix.command.arguments ?? []) as unknown[]));
  await until(() => model.asked.length > before);
  assert.match(told(), /one is wrong/);
  found.dispose();
});

test("what is unsaved is saved before a command sees the disk", async () => {
  const editor = await show("a.txt");
  await editor.edit((edit) => {
    edit.insert(new Position(0, 0), "unsaved ");
  });
  assert.ok(editor.document.isDirty);
  model.script(shell("cat a.txt"), { say: ["I saw it."] });
  await ask("Look.", 2);
  assert.equal(editor.document.isDirty, false);
  assert.match(onDisk("a.txt") ?? "", /^unsaved one/);
  assert.match(told(), /unsaved one/);
});
