// Whole jobs in a real VS Code, as a person does them: the VSIX is installed, the real server runs,
// and a scripted model answers. Each job says what it needs itself.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, suite, test } from "node:test";
import { Editor } from "./editor";
import { patch, shell } from "./model";
import { needsEditor, universal } from "./places";
import type { Window } from "./window";

const wrap = ["// Wraps lines.", "", "function first(line) {", "  return line;", "}", "", "// Between.", "", "function last(line) {", "  return line;", "}", ""].join("\n");

/** Two changes of one file. */
const twoHunks = patch(
  "*** Update File: wrap.js",
  "@@ function first(line) {",
  "-  return line;",
  "+  return line.trimStart();",
  " }",
  "@@ function last(line) {",
  "-  return line;",
  "+  const text = line.trimEnd();",
  "+  return text;",
  " }",
);

suite("in VS Code", needsEditor, () => {
  let editor: Editor;
  let window: Window;
  before(async () => {
    editor = await Editor.start({ vsix: universal() });
    window = await editor.open("work", { "wrap.js": wrap, "notes.txt": "one\n" });
    await window.openFile("wrap.js");
    await window.openChat();
  });
  beforeEach(async () => {
    await window.settle();
  });
  // What was seen last, for whoever looks for the fault.
  afterEach(async () => {
    await window.shot("last");
  });
  after(async () => {
    await editor.close();
  });

  test("an answer streams into the chat", async () => {
    await window.say("What does this do?", { say: ["It **wraps** ", "lines:\n\n```js\n", "first(line);\n```\n"], pause: 150 });
    await window.chat.locator("article.said", { hasText: "What does this do?" }).waitFor();
    await window.chat.locator("article.message strong", { hasText: "wraps" }).waitFor();
    await window.chat.locator("article.message code", { hasText: "first(line);" }).first().waitFor();
    await window.status.filter({ hasText: "scripted" }).waitFor();
    await window.shot("ask");
  });

  test("code of an answer is compared with the file in the editor, then inserted as one step to undo", async () => {
    await window.say("How is it called?", { say: ["So:\n\n```js\nfirst(line);\n```\n\nThat is all."] });
    await window.said("That is all.");
    const code = window.chat.locator("article.message .code").last();
    await window.openFile("wrap.js");
    await window.page.keyboard.press("Control+End");
    await code.getByRole("button", { name: "Compare js with the file in the editor" }).click();
    await window.page.locator(".tab", { hasText: "wrap.js: with the code of the chat" }).waitFor();
    await window.page.locator(".monaco-diff-editor .modified-in-monaco-diff-editor .view-lines", { hasText: "first(line);" }).waitFor();
    await window.shot("compare");
    await code.getByRole("button", { name: "Insert js at the cursor" }).click();
    await window.page.locator(`.tab.active[data-resource-name="wrap.js"]`).waitFor();
    await window.lines.filter({ hasText: "first(line);" }).waitFor();
    await window.openFile("wrap.js");
    await window.page.keyboard.press("Control+Z");
    await window.lines.filter({ hasText: "first(line);" }).waitFor({ state: "detached" });
    assert.equal(window.onDisk("wrap.js"), wrap);
  });

  test("a command is asked about with all that it is, runs once, and shows what it wrote", async () => {
    await window.say("Make a file.", shell("touch made.txt && echo it ran"), { say: ["Done."] });
    await window.question.waitFor();
    assert.match(await window.question.innerText(), /touch made\.txt && echo it ran/);
    assert.match(await window.question.innerText(), /this very command in this very directory/);
    await window.status.filter({ hasText: "1 question" }).waitFor();
    await window.shot("approval");
    await window.decide("approved");
    await window.said("Done.");
    assert.match(await window.chat.locator("article.command").last().innerText(), /touch made\.txt/);
    assert.equal(window.onDisk("made.txt"), "");
    await window.shot("command");
  });

  test("a command that is denied does not run", async () => {
    await window.say("Make another.", shell("touch denied.txt"), { say: ["Then not."] });
    await window.decide("denied");
    await window.said("Then not.");
    assert.equal(window.onDisk("denied.txt"), undefined);
  });

  test("a task is stopped", async () => {
    await window.say("Talk on.", { endless: "word " });
    await window.said("word word word");
    await window.chat.locator("button.stop").click();
    await window.chat.locator("button.stop").waitFor({ state: "detached" });
    await window.say("Are you there?", { say: ["Here."] });
    await window.said("Here.");
  });

  test("changes are reviewed hunk by hunk while one types on, and one undo takes them back", async () => {
    await window.say("Trim the lines.", twoHunks, { say: ["Changed."] });
    await window.lens("Accept").first().waitFor();
    assert.equal(window.onDisk("wrap.js"), wrap);
    await window.shot("review");
    await window.openFile("wrap.js");
    await window.page.keyboard.press("Control+Home");
    await window.page.keyboard.type("const typed = 1;\n");
    await window.run("Tiro: Open Diff");
    await window.page.locator(".tab", { hasText: "Tiro: proposed" }).waitFor();
    await window.page.locator(".diff-editor, .monaco-diff-editor").locator("text=trimStart").first().waitFor();
    await window.shot("diff");
    await window.openFile("wrap.js");
    await window.lens("Accept").first().click();
    await window.lens("Accepted").waitFor();
    await window.lens("Reject").last().click();
    await window.said("Changed.");
    await window.lines.locator("text=trimStart").waitFor();
    const text = await window.lines.innerText();
    assert.match(text, /typed/);
    assert.doesNotMatch(text, /trimEnd/);
    await window.openFile("wrap.js");
    await window.page.keyboard.press("Control+Z");
    await window.lines.locator("text=trimStart").waitFor({ state: "detached" });
    assert.match(await window.lines.innerText(), /typed/);
  });

  test("files go back to before a task", async () => {
    await window.say("Note two.", patch("*** Update File: notes.txt", "@@", "-one", "+two"), { say: ["Noted."] });
    await window.decide("approved");
    await window.said("Noted.");
    assert.equal(window.onDisk("notes.txt"), "two\n");
    await window.run("Tiro: Restore…");
    await window.choose("Note two.");
    await window.notification("restored").waitFor();
    assert.equal(window.onDisk("notes.txt"), "one\n");
  });

  test("what is allowed for the session is listed, and taken back", async () => {
    await window.say("Write that.", shell("echo allowed > allowed.txt"), { say: ["Wrote it."] });
    await window.decide("approved_for_session");
    await window.said("Wrote it.");
    await window.chat.locator("p.settled", { hasText: "allowed for the session" }).waitFor();
    await window.run("Tiro: Show What Is Allowed");
    const entry = window.page.locator(".pane-body .monaco-list-row", { hasText: "echo allowed" });
    await entry.waitFor();
    await window.shot("grants");
    await entry.hover();
    await entry.locator(".action-label[aria-label*='Revoke']").click();
    await entry.waitFor({ state: "detached" });
    await window.run("View: Show Explorer");
  });

  test("with the chat hidden a notification asks, and its answer counts", async () => {
    let hide = (): void => undefined;
    const hidden = new Promise<void>((resolve) => {
      hide = resolve;
    });
    await window.say("Wait.", { say: ["I wait."], until: hidden });
    await window.said("I wait.");
    // It comes to a task that runs, so nothing brings the chat back.
    await window.say("Then do it quietly.", shell("touch quiet.txt"), { say: ["Quietly done."] });
    await window.chat.locator("article.said", { hasText: "Then do it quietly." }).waitFor();
    await window.run("View: Toggle Secondary Side Bar Visibility");
    await window.page.locator(".part.auxiliarybar").waitFor({ state: "hidden" });
    hide();
    const toast = window.notification("touch quiet.txt");
    await toast.waitFor();
    await window.shot("notification");
    assert.match(await toast.innerText(), /this very command in this very directory/);
    await toast.locator(".monaco-button", { hasText: "Allow once" }).click();
    await window.openChat();
    await window.said("Quietly done.");
    assert.equal(window.onDisk("quiet.txt"), "");
  });

  test("after the window is loaded anew the talk is there and goes on", async () => {
    await window.say("Remember the word crocus.", { say: ["Crocus it is."] });
    await window.said("Crocus it is.");
    await window.load();
    await window.openChat();
    await window.chat.locator("article.said", { hasText: "Remember the word crocus." }).waitFor();
    await window.say("Do you remember?", { say: ["I remember."] });
    await window.said("I remember.");
    assert.match(JSON.stringify(editor.model.asked.at(-1)), /Remember the word crocus/);
    await window.shot("reloaded");
  });

  test("a server that is killed in the middle of a task is started again, and the talk goes on", async () => {
    await window.say("Talk without end.", { endless: "on and " });
    await window.said("on and on and");
    const before = editor.servers();
    assert.equal(before.length, 1);
    for (const { pid } of before) process.kill(pid, "SIGKILL");
    await window.chat.locator("article.error", { hasText: "The server ended by the signal SIGKILL; the task ended with it" }).waitFor();
    await window.chat.locator("p.notice", { hasText: "known again" }).last().waitFor();
    await window.say("Still there?", { say: ["Back again."] });
    await window.said("Back again.");
    // What was shown is still there: the answer that broke off, and why.
    await window.said("on and on and");
    await window.chat.locator("article.error", { hasText: "SIGKILL" }).waitFor();
    assert.match(JSON.stringify(editor.model.asked.at(-1)), /Talk without end/);
    await window.shot("crash");
  });

  test("no window saw an error of ours", () => {
    assert.deepEqual(editor.errors, []);
  });
});
