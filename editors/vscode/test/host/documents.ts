// Documents that are not plain files of the folder: nothing of them is touched, nothing of them is
// lost, and what cannot be done is said.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import {
  commands,
  ConfigurationTarget,
  NotebookCellData,
  NotebookCellKind,
  NotebookEdit,
  Position,
  Range,
  Selection,
  Uri,
  window,
  workspace,
  WorkspaceEdit,
  type CodeAction,
} from "vscode";
import { patch } from "../workbench/model";
import { ask, lenses, messages, model, onDisk, proposed, said, show, test, told, until, uri } from "./harness";
import { Memory } from "./memory";

test("a document that is not saved yet: no action is offered, what is selected in it is told, and explaining says why not", async () => {
  const untitled = await workspace.openTextDocument({ content: "a draft of nothing", language: "plaintext" });
  const editor = await window.showTextDocument(untitled);
  editor.selection = new Selection(0, 2, 0, 7);
  const actions = await commands.executeCommand<CodeAction[]>("vscode.executeCodeActionProvider", untitled.uri, new Range(0, 0, 0, 1));
  assert.deepEqual(actions.filter(({ title }) => title.includes("Tiro")), []);
  const heard = await messages(async () => {
    await commands.executeCommand("tiro.explain");
  });
  assert.match(heard.join(), /is not saved yet/);
  model.script({ say: ["It is a draft."] });
  await ask("What is this?", 1);
  assert.match(told(), /not a file on the disk\), line 1/);
  assert.equal(untitled.getText(), "a draft of nothing");
});

test("a file that the settings say is read-only stays as it is, and one is told", async () => {
  const before = onDisk("locked.txt");
  const settings = workspace.getConfiguration("files");
  await settings.update("readonlyInclude", { "**/locked.txt": true, "**/other/**": false }, ConfigurationTarget.Workspace);
  try {
    const editor = await show("locked.txt");
    model.script(patch("*** Update File: locked.txt", "@@", "-two", "+2"), { say: ["Well."] });
    await ask("Change the locked one.", 1);
    const [named] = await proposed("locked.txt");
    const heard = await messages(async () => {
      await commands.executeCommand("tiro.acceptHunk", named);
    });
    assert.match(heard.join(), /locked\.txt is read-only by the setting files\.readonlyInclude/);
    assert.equal(editor.document.getText(), before);
    assert.equal(onDisk("locked.txt"), before);
    // It is no longer, and the same proposal can be taken.
    await settings.update("readonlyInclude", undefined, ConfigurationTarget.Workspace);
    await commands.executeCommand("tiro.acceptHunk", named);
    await until(() => onDisk("locked.txt")?.includes("\n2\n"));
  } finally {
    await settings.update("readonlyInclude", undefined, ConfigurationTarget.Workspace);
  }
});

test("a file of another file system is told when it is selected, and never written", async () => {
  const memory = new Memory();
  const registered = workspace.registerFileSystemProvider("memory", memory);
  try {
    const at = Uri.parse("memory:/a.txt");
    const editor = await window.showTextDocument(await workspace.openTextDocument(at));
    editor.selection = new Selection(0, 0, 0, 4);
    const heard = await messages(async () => {
      await commands.executeCommand("tiro.explain");
    });
    assert.match(heard.join(), /not on a disk that the server reads/);
    // It has the name of a file of the folder, which is the one that is changed.
    model.script(patch("*** Update File: a.txt", "@@", "-two", "+2"), { say: ["Changed."] });
    await ask("Change it.", 1);
    assert.match(told(), /a\.txt \(not a file on the disk\)/);
    await proposed("a.txt");
    assert.deepEqual(await lenses({ uri: at }), []);
    await commands.executeCommand("tiro.acceptAll");
    await until(() => onDisk("a.txt")?.includes("\n2\n"));
    assert.equal(memory.text, "only in memory\n");
    assert.equal(editor.document.getText(), "only in memory\n");
  } finally {
    registered.dispose();
  }
});

const NOTEBOOK = {
  cells: [{ cell_type: "code", execution_count: null, metadata: {}, outputs: [], source: ["print(1)"] }],
  metadata: {},
  nbformat: 4,
  nbformat_minor: 5,
};

test("a notebook with unsaved cells is not written over; saved, it is changed", async () => {
  writeFileSync(uri("book.ipynb").fsPath, `${JSON.stringify(NOTEBOOK, undefined, 1)}\n`);
  const notebook = await workspace.openNotebookDocument(uri("book.ipynb"));
  await window.showNotebookDocument(notebook);
  const edit = new WorkspaceEdit();
  edit.set(notebook.uri, [NotebookEdit.insertCells(1, [new NotebookCellData(NotebookCellKind.Code, "mine = True", "python")])]);
  assert.ok(await workspace.applyEdit(edit));
  assert.ok(notebook.isDirty);
  const before = onDisk("book.ipynb");
  model.script(patch("*** Update File: book.ipynb", "@@", '-    "print(1)"', '+    "print(2)"'), { say: ["Done."] });
  await ask("Print two.", 1);
  assert.match(await refusal(), /book\.ipynb has unsaved changes that Tiro is not told of, because it is open as a notebook/);
  assert.equal(onDisk("book.ipynb"), before);
  assert.equal(notebook.cellCount, 2);
  await commands.executeCommand("tiro.rejectAll");
  await said();
  assert.ok(await notebook.save());
  model.script(patch("*** Update File: book.ipynb", "@@", '-    "print(1)"', '+    "print(2)"'), { say: ["Done."] });
  await ask("Print two now.", 1);
  await accepted(() => onDisk("book.ipynb")?.includes("print(2)"));
  await until(() => notebook.cellAt(0).document.getText() === "print(2)");
  assert.equal(notebook.cellAt(1).document.getText(), "mine = True");
});

/** Why what is proposed, now or soon, cannot be accepted. VS Code has no lenses to wait for in such files. */
async function refusal(): Promise<string> {
  return until(async () => {
    const heard = await messages(async () => {
      await commands.executeCommand("tiro.acceptAll");
    });
    return heard.find((message) => !message.includes("no proposed change is there"));
  });
}

/** Accepts what is proposed, now or soon, until this is so. */
async function accepted(look: () => boolean | undefined): Promise<void> {
  await messages(() =>
    until(async () => {
      await commands.executeCommand("tiro.acceptAll");
      return look();
    }).then(() => undefined),
  );
}

const LINE = "a line that is one of very many\n";

/** A file of so many mebibytes whose first line can be changed. */
function large(name: string, size: number): void {
  writeFileSync(uri(name).fsPath, `first\n${LINE.repeat((size * 1024 * 1024) / LINE.length)}`);
}

test("a file that is too large to be sent: with unsaved changes it is not written over, and without them it is changed", async () => {
  large("large.txt", 12);
  const editor = await show("large.txt");
  await editor.edit((edit) => {
    edit.insert(new Position(1, 0), "typed\n");
  });
  model.script(patch("*** Update File: large.txt", "@@", "-first", "+erster"), { say: ["Done."] });
  await ask("In German.", 1);
  assert.match(await refusal(), /large\.txt has unsaved changes that Tiro is not told of, because it is too large/);
  assert.match(editor.document.lineAt(1).text, /typed/);
  assert.ok(await editor.document.save());
  await accepted(() => onDisk("large.txt")?.startsWith("erster\n"));
  assert.match(onDisk("large.txt")?.slice(0, 30) ?? "", /^erster\ntyped\na line/);
  await until(() => editor.document.lineAt(0).text === "erster");
});

test("a file of 50 MB in the editor: the model is told that it is too large, and it stays as it is", async () => {
  large("huge.txt", 50);
  await commands.executeCommand("vscode.open", uri("huge.txt"));
  await until(() => window.tabGroups.activeTabGroup.activeTab?.label === "huge.txt");
  model.script(patch("*** Update File: huge.txt", "@@", "-first", "+erster"), { say: ["Then not."] });
  await ask("In German.", 2);
  assert.match(told(), /huge\.txt has \d+ bytes, more than the \d+ that are read/);
  assert.ok(onDisk("huge.txt")?.startsWith("first\n"));
});
