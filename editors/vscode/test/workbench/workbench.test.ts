// Whole jobs in a real VS Code, as a person does them: the VSIX is installed, the real server runs,
// and a scripted model answers.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, afterEach, before, suite, test } from "node:test";
import { patch, shell } from "./model";
import { needsWorkbench, Workbench } from "./workbench";

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

const read = (workbench: Workbench, name: string): string => readFileSync(workbench.path(name), "utf8");

/** Servers of this workbench that run. */
function servers(workbench: Workbench): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const isServer = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0")[1] === "lsp";
      return isServer && readFileSync(`/proc/${name}/environ`, "utf8").includes(workbench.home) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

suite("in VS Code", needsWorkbench, () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ files: { "wrap.js": wrap, "notes.txt": "one\n" } });
    await workbench.openFile("wrap.js");
    await workbench.openChat();
  });
  // What was seen last, for whoever looks for the fault.
  afterEach(async () => {
    await workbench.shot("last");
  });
  after(async () => {
    await workbench.close();
  });

  test("an answer streams into the chat", async () => {
    workbench.model.script({ say: ["It **wraps** ", "lines:\n\n```js\n", "first(line);\n```\n"], pause: 150 });
    await workbench.say("What does this do?");
    await workbench.chat.locator("article.said", { hasText: "What does this do?" }).waitFor();
    await workbench.chat.locator("article.message strong", { hasText: "wraps" }).waitFor();
    await workbench.chat.locator("article.message code", { hasText: "first(line);" }).first().waitFor();
    await workbench.page.locator(".statusbar-item", { hasText: "scripted" }).waitFor();
    await workbench.shot("ask");
  });

  test("a command is asked about with all that it is, runs once, and shows what it wrote", async () => {
    workbench.model.script(shell("touch made.txt && echo it ran"), { say: ["Done."] });
    await workbench.say("Make a file.");
    const question = workbench.chat.locator("article.question");
    await question.waitFor();
    assert.match(await question.innerText(), /touch made\.txt && echo it ran/);
    assert.match(await question.innerText(), /this very command in this very directory/);
    await workbench.shot("approval");
    await question.locator(".answer.is-approved").first().click();
    await workbench.chat.locator("article.message", { hasText: "Done." }).waitFor();
    assert.match(await workbench.chat.locator("article.command").last().innerText(), /touch made\.txt/);
    assert.ok(readdirSync(workbench.path("")).includes("made.txt"));
    await workbench.shot("command");
  });

  test("a command that is denied does not run", async () => {
    workbench.model.script(shell("touch denied.txt"), { say: ["Then not."] });
    await workbench.say("Make another.");
    await workbench.chat.locator("article.question .answer.is-denied").first().click();
    await workbench.chat.locator("article.message", { hasText: "Then not." }).waitFor();
    assert.ok(!readdirSync(workbench.path("")).includes("denied.txt"));
  });

  test("a task is stopped", async () => {
    workbench.model.script({ endless: "word " });
    await workbench.say("Talk on.");
    await workbench.chat.locator("article.message", { hasText: "word word word" }).waitFor();
    await workbench.chat.locator("button.stop").click();
    await workbench.chat.locator("button.stop").waitFor({ state: "detached" });
    workbench.model.script({ say: ["Here."] });
    await workbench.say("Are you there?");
    await workbench.chat.locator("article.message", { hasText: "Here." }).waitFor();
  });

  test("changes are reviewed hunk by hunk while one types on, and one undo takes them back", async () => {
    workbench.model.script(twoHunks, { say: ["Changed."] });
    await workbench.say("Trim the lines.");
    await workbench.page.locator(".codelens-decoration a", { hasText: "Accept" }).first().waitFor();
    assert.equal(read(workbench, "wrap.js"), wrap);
    await workbench.shot("review");
    await workbench.openFile("wrap.js");
    await workbench.page.keyboard.press("Control+Home");
    await workbench.page.keyboard.type("// Typed.\n");
    await workbench.run("Tiro: Open Diff");
    await workbench.page.locator(".tab", { hasText: "Tiro: proposed" }).waitFor();
    await workbench.page.locator(".diff-editor, .monaco-diff-editor").locator("text=trimStart").first().waitFor();
    await workbench.shot("diff");
    await workbench.openFile("wrap.js");
    const accept = workbench.page.locator(".codelens-decoration a", { hasText: "Accept" });
    const reject = workbench.page.locator(".codelens-decoration a", { hasText: "Reject" });
    await accept.first().click();
    await workbench.page.locator(".codelens-decoration a", { hasText: "Accepted" }).waitFor();
    await reject.last().click();
    await workbench.chat.locator("article.message", { hasText: "Changed." }).waitFor();
    await workbench.lines.locator("text=trimStart").waitFor();
    const after = await workbench.lines.innerText();
    assert.match(after, /Typed/);
    assert.doesNotMatch(after, /trimEnd/);
    await workbench.openFile("wrap.js");
    await workbench.page.keyboard.press("Control+Z");
    await workbench.lines.locator("text=trimStart").waitFor({ state: "detached" });
    assert.match(await workbench.lines.innerText(), /Typed/);
  });

  test("files go back to before a task", async () => {
    workbench.model.script(patch("*** Update File: notes.txt", "@@", "-one", "+two"), { say: ["Noted."] });
    await workbench.say("Note two.");
    await workbench.chat.locator("article.question .answer.is-approved").first().click();
    await workbench.chat.locator("article.message", { hasText: "Noted." }).waitFor();
    assert.equal(read(workbench, "notes.txt"), "two\n");
    await workbench.run("Tiro: Restore…");
    await workbench.page.locator(".quick-input-list .monaco-list-row", { hasText: "Note two." }).click();
    await workbench.notification("restored").waitFor();
    assert.equal(read(workbench, "notes.txt"), "one\n");
  });

  test("what is allowed for the session is listed, and taken back", async () => {
    workbench.model.script(shell("echo allowed > allowed.txt"), { say: ["Wrote it."] });
    await workbench.say("Write that.");
    await workbench.chat.locator("article.question .answer.is-approved_for_session").first().click();
    await workbench.chat.locator("article.message", { hasText: "Wrote it." }).waitFor();
    await workbench.run("Tiro: Show What Is Allowed");
    const entry = workbench.page.locator(".pane-body .monaco-list-row", { hasText: "echo allowed" });
    await entry.waitFor();
    await workbench.shot("grants");
    await entry.hover();
    await entry.locator(".action-label[aria-label*='Revoke']").click();
    await entry.waitFor({ state: "detached" });
  });

  test("with the chat hidden a notification asks, and its answer counts", async () => {
    workbench.model.script({ say: Array.from({ length: 30 }, () => "wait "), pause: 100 });
    await workbench.say("Wait.");
    await workbench.chat.locator("article.message", { hasText: "wait wait" }).waitFor();
    // It comes to a task that runs, so nothing brings the chat back.
    workbench.model.script(shell("touch quiet.txt"), { say: ["Quietly done."] });
    await workbench.say("Then do it quietly.");
    await workbench.run("View: Toggle Secondary Side Bar Visibility");
    const toast = workbench.notification("touch quiet.txt");
    await toast.waitFor();
    await workbench.shot("notification");
    assert.match(await toast.innerText(), /this very command in this very directory/);
    await toast.locator(".monaco-button", { hasText: "Allow once" }).click();
    await workbench.openChat();
    await workbench.chat.locator("article.message", { hasText: "Quietly done." }).waitFor();
    assert.ok(readdirSync(workbench.path("")).includes("quiet.txt"));
  });

  test("after the window is loaded anew the talk is there and goes on", async () => {
    await workbench.load();
    await workbench.openChat();
    await workbench.chat.locator("article.said", { hasText: "What does this do?" }).waitFor();
    workbench.model.script({ say: ["I remember."] });
    await workbench.say("Do you remember?");
    await workbench.chat.locator("article.message", { hasText: "I remember." }).waitFor();
    assert.match(JSON.stringify(workbench.model.asked.at(-1)), /What does this do\?/);
    await workbench.shot("reloaded");
  });

  test("a server that is killed is started again, and the talk goes on", async () => {
    const before = servers(workbench);
    assert.ok(before.length > 0);
    for (const pid of before) process.kill(pid, "SIGKILL");
    await workbench.chat.locator("article.error", { hasText: "The server ended by the signal SIGKILL" }).waitFor();
    await workbench.chat.locator("p.notice", { hasText: "known again" }).waitFor();
    workbench.model.script({ say: ["Back again."] });
    await workbench.say("Still there?");
    await workbench.chat.locator("article.message", { hasText: "Back again." }).waitFor();
    assert.match(JSON.stringify(workbench.model.asked.at(-1)), /Do you remember\?/);
    await workbench.shot("crash");
  });

  test("the workbench saw no error of ours", () => {
    assert.deepEqual(workbench.errors.filter((message) => /tiro/i.test(message)), []);
  });
});

suite("where nothing may run", needsWorkbench, () => {
  test("in a workspace that is not trusted no server starts", async () => {
    const workbench = await Workbench.open({ files: { "a.txt": "a\n" }, trust: true, settings: { "security.workspace.trust.startupPrompt": "never" } });
    try {
      await workbench.openChat();
      await workbench.chat.locator("section.banner", { hasText: "not trusted" }).waitFor();
      assert.deepEqual(servers(workbench), []);
      await workbench.shot("untrusted");
    } finally {
      await workbench.close();
    }
  });

  test("without a folder the chat says what to do", async () => {
    const workbench = await Workbench.open({ files: {}, noFolder: true });
    try {
      await workbench.openChat();
      await workbench.chat.locator("section.banner", { hasText: "No folder is open" }).waitFor();
      assert.deepEqual(servers(workbench), []);
      await workbench.shot("no-folder");
    } finally {
      await workbench.close();
    }
  });
});
