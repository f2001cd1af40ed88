// Tests inside the extension host: the extension against the real server, through the API of VS
// Code alone. `run` is called by VS Code; what came of it is written to a file.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  commands,
  Diagnostic,
  DiagnosticSeverity,
  EndOfLine,
  extensions,
  languages,
  Position,
  Range,
  Selection,
  Uri,
  window,
  workspace,
  type CodeAction,
  type CodeLens,
  type TextDocument,
  type TextEditor,
} from "vscode";
import { Model, patch, shell } from "../workbench/model";

interface Outcome {
  name: string;
  problem?: string;
}

interface Named {
  proposal: string;
  hunk: string;
}

const tests: [string, () => Promise<void>][] = [];
const test = (name: string, run: () => Promise<void>): void => void tests.push([name, run]);

const home = process.env["TIRO_TEST_HOME"] ?? "";
const root = (): string => workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
const uri = (name: string): Uri => Uri.file(join(root(), name));
const onDisk = (name: string): string => readFileSync(join(root(), name), "utf8");

/** Until it holds; what it waits for is named by the test. */
async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it never was: ${look.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function show(name: string): Promise<TextEditor> {
  return window.showTextDocument(await workspace.openTextDocument(uri(name)));
}

async function lenses(document: TextDocument): Promise<Named[]> {
  const found = await commands.executeCommand<CodeLens[]>("vscode.executeCodeLensProvider", document.uri, 100);
  return found.flatMap(({ command }) => (command?.command === "tiro.acceptHunk" ? [command.arguments?.[0] as Named] : []));
}

let model: Model;

/** Says something, and waits until the model has been asked so many times more. */
async function ask(text: string, times: number): Promise<void> {
  const before = model.asked.length;
  await commands.executeCommand("tiro.ask", text);
  await until(() => model.asked.length >= before + times);
}

const told = (): string => JSON.stringify(model.asked.at(-1));

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
  assert.match(onDisk("a.txt"), /^unsaved one/);
  assert.match(told(), /unsaved one/);
});

test("a proposed change is a lens; accepted, it is one step to undo", async () => {
  const editor = await show("b.txt");
  const before = editor.document.getText();
  model.script(patch("*** Update File: b.txt", "@@", "-two", "+2", "+zwei"), { say: ["Done."] });
  await ask("Change two.", 1);
  const [named] = await until(async () => {
    const all = await lenses(editor.document);
    return all.length > 0 ? all : undefined;
  });
  assert.equal(editor.document.getText(), before);
  await commands.executeCommand("tiro.acceptHunk", named);
  await until(() => editor.document.getText() === "one\n2\nzwei\nthree\n");
  await until(async () => (await lenses(editor.document)).length === 0);
  await window.showTextDocument(editor.document);
  await commands.executeCommand("undo");
  await until(() => editor.document.getText() === before);
});

test("the right side of a diff is the proposal over the text as it is typed", async () => {
  const editor = await show("c.txt");
  model.script(patch("*** Update File: c.txt", "@@", "-three", "+3"), { say: ["Left."] });
  await ask("Change three.", 1);
  const [named] = await until(async () => {
    const all = await lenses(editor.document);
    return all.length > 0 ? all : undefined;
  });
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
  await until(async () => (await lenses(await workspace.openTextDocument(uri("b.txt")))).length > 0);
  await commands.executeCommand("tiro.acceptAll");
  await until(() => workspace.textDocuments.some((document) => document.uri.path.endsWith("b.txt") && document.getText().startsWith("1\n")));
  // It is made empty before it is written.
  await until(() => existsSync(join(root(), "new/e.txt")) && onDisk("new/e.txt") === "fresh\n");
});

test("documents that are no files of the folder do no harm", async () => {
  const untitled = await workspace.openTextDocument({ content: "nothing", language: "plaintext" });
  await window.showTextDocument(untitled);
  const actions = await commands.executeCommand<CodeAction[]>("vscode.executeCodeActionProvider", untitled.uri, new Range(0, 0, 0, 1));
  assert.deepEqual(actions.filter(({ title }) => title.includes("Tiro")), []);
  model.script({ say: ["Still here."] });
  await ask("Are you?", 1);
  assert.match(told(), /Are you\?/);
});

/** Called by VS Code. */
export async function run(): Promise<void> {
  const outcomes: Outcome[] = [];
  model = await Model.start(Number(process.env["TIRO_TEST_MODEL"]));
  for (const [name, body] of tests) {
    try {
      await body();
      outcomes.push({ name });
    } catch (error) {
      outcomes.push({ name, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      await commands.executeCommand("tiro.rejectAll");
      await commands.executeCommand("tiro.stop");
    }
  }
  model.stop();
  writeFileSync(join(home, "result.json"), JSON.stringify(outcomes));
}
