// Several folders in one window, one of which goes while its server works, by being removed from
// the workspace or from the disk.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands, Uri, window, workspace } from "vscode";
import { patch } from "../workbench/model";
import { ask, home, lenses, messages, model, onDisk, root, said, servers, show, test, told, until } from "./harness";

const second = join(home, "second");

/** Changes the folders of the workspace; VS Code takes no change before it has made the one before. */
const change = (at: number, gone: number, ...more: { uri: Uri }[]): Promise<boolean> => until(() => workspace.updateWorkspaceFolders(at, gone, ...more));

/** A second folder beside the first, as long as this goes on. */
async function withSecond(use: (file: Uri) => Promise<void>): Promise<void> {
  mkdirSync(second, { recursive: true });
  const file = Uri.file(join(second, "b.txt"));
  writeFileSync(file.fsPath, "another\n");
  await change(1, 0, { uri: Uri.file(second) });
  await until(() => servers(second).length === 1);
  try {
    await use(file);
  } finally {
    const at = (workspace.workspaceFolders ?? []).findIndex(({ uri }) => uri.fsPath === second);
    if (at > 0) await change(at, 1);
    await until(() => servers(second).length === 0);
    await until(() => workspace.workspaceFolders?.length === 1);
  }
}

test("each of two folders has a server, and the one of the file in the editor is asked", async () => {
  await withSecond(async (file) => {
    assert.equal(servers(root()).length, 1);
    const changed = patch("*** Update File: b.txt", "@@", "-another", "+changed");
    await window.showTextDocument(file);
    model.script(changed, { say: ["Done."] });
    await ask("Change b.", 1);
    assert.match(told(), /second/);
    await until(async () => (await lenses({ uri: file })).length > 0);
    const before = onDisk("b.txt");
    await commands.executeCommand("tiro.acceptAll");
    await until(() => readFileSync(file.fsPath, "utf8") === "changed\n");
    assert.equal(onDisk("b.txt"), before);
    await said();
    // The other knows nothing of it.
    await show("a.txt");
    model.script({ say: ["Nothing."] });
    await ask("What was said?", 1);
    assert.doesNotMatch(told(), /Change b\./);
  });
});

test("a folder that leaves the workspace while a task runs takes its server along, and the other goes on", async () => {
  await withSecond(async (file) => {
    await window.showTextDocument(file);
    model.script({ endless: "on and " });
    await ask("Talk.", 1);
    const at = (workspace.workspaceFolders ?? []).findIndex(({ uri }) => uri.fsPath === second);
    await change(at, 1);
    await until(() => servers(second).length === 0);
    await show("a.txt");
    model.script({ say: ["Here."] });
    await ask("Are you there?", 1);
    assert.equal(servers(root()).length, 1);
    assert.equal(readFileSync(file.fsPath, "utf8"), "another\n");
  });
});

test("a folder that is deleted while something is proposed: nothing comes back, and the window goes on", async () => {
  await withSecond(async (file) => {
    const document = await workspace.openTextDocument(file);
    await window.showTextDocument(document);
    model.script(patch("*** Update File: b.txt", "@@", "-another", "+changed"), { say: ["Done."] });
    await ask("Change b.", 1);
    await until(async () => (await lenses({ uri: file })).length > 0);
    rmSync(second, { recursive: true });
    const heard = await messages(async () => {
      await commands.executeCommand("tiro.acceptAll");
      await until(async () => (await lenses({ uri: file })).length === 0);
    });
    // It may be said in the chat, or here; it is no fault of the extension.
    assert.doesNotMatch(heard.join(), /undefined|TypeError/);
    assert.ok(!existsSync(second));
    await said();
    await show("a.txt");
    model.script({ say: ["Here."] });
    await ask("Are you there?", 1);
    assert.match(told(), /Are you there\?/);
  });
});
