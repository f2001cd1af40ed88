// How the extension starts, or does not: trust, the program that came along, none, another
// version, no folder, two windows on one folder, a key.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, suite, test } from "node:test";
import { Editor, until, write } from "./editor";
import { needsEditor, server, target, universal } from "./places";
import type { Window } from "./window";

const VERSION = (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version;

suite("with the program that came along, in a workspace that is not trusted", needsEditor, () => {
  let editor: Editor;
  let window: Window;
  before(async () => {
    const vsix = join(target, "tiro-bundled.vsix");
    // Without what only a debugger reads it is a tenth as large.
    const program = join(target, "tiro-bundled");
    execFileSync("strip", ["-o", program, server]);
    execFileSync(process.execPath, ["scripts/package.mjs", vsix, "--target", `${process.platform}-${process.arch}`, "--binary", program], { stdio: "pipe" });
    editor = await Editor.start({ vsix, trust: true, machine: {} });
    const evil = join(editor.home, "evil");
    write(editor.home, { evil: `#!/bin/sh\ntouch ${join(editor.home, "evil-ran")}\n` });
    chmodSync(evil, 0o755);
    window = await editor.open("work", {
      "a.txt": "a\n",
      ".vscode/settings.json": JSON.stringify({ "tiro.server.path": evil, "tiro.config.approval_policy": "never", "tiro.config.instructions": "Of the workspace." }),
    });
    await window.openChat();
  });
  after(async () => {
    await editor.close();
  });

  test("no server starts, and every way to ask says why", async () => {
    await window.chat.locator("section.banner", { hasText: "not trusted" }).waitFor();
    await window.shot("untrusted");
    await window.run("Tiro: Ask…");
    const told = window.notification("not trusted");
    await told.waitFor();
    await told.locator(".monaco-button", { hasText: "Manage Trust" }).waitFor();
    assert.deepEqual(editor.servers(), []);
  });

  test("once it is trusted the program of the VSIX runs, and none that the workspace names", async () => {
    await window.notification("not trusted").locator(".monaco-button", { hasText: "Manage Trust" }).click();
    await window.page.locator(".workspace-trust-editor .monaco-button", { hasText: "Trust" }).first().click();
    await window.status.filter({ hasText: "scripted" }).waitFor();
    const [started] = editor.servers();
    assert.match(started?.program ?? "", /extensions\/tiro\.tiro-[^/]*\/bin\/tiro$/);
    await window.openChat();
    await window.say("Are you the one?", { say: ["I am."] });
    await window.said("I am.");
    assert.ok(!existsSync(join(editor.home, "evil-ran")));
    assert.match(JSON.stringify(editor.model.asked.at(-1)), /Of the workspace\./);
    await window.shot("bundled");
  });
});

suite("with a VSIX for every platform", needsEditor, () => {
  let editor: Editor;
  before(async () => {
    editor = await Editor.start({ vsix: universal(), machine: {} });
  });
  after(async () => {
    await editor.close();
  });

  test("without a folder the chat says what to do", async () => {
    const window = await editor.open("nothing");
    await window.openChat();
    await window.chat.locator("section.banner", { hasText: "No folder is open" }).waitFor();
    await window.shot("no-folder");
    await window.run("Tiro: Ask…");
    await window.notification("nothing runs without one").locator(".monaco-button", { hasText: "Open Folder" }).waitFor();
    assert.deepEqual(editor.servers(), []);
    await window.close();
  });

  test("without a program it says what to do, and starts once there is one; another version is told", async () => {
    const window = await editor.open("work", { "a.txt": "a\n" });
    await window.openChat();
    await window.chat.locator("section.banner", { hasText: "no Tiro program for this platform" }).waitFor();
    await window.shot("missing");
    await window.run("Tiro: Ask…");
    await window.answer("Is anybody there?");
    const told = window.notification("no Tiro program for this platform");
    await told.locator(".monaco-button", { hasText: "Set Path" }).waitFor();
    assert.deepEqual(editor.servers(), []);
    // One that says it is of another version, and is the real one otherwise.
    const other = join(editor.home, "other");
    const [theirs] = [VERSION.replace(/^\d+/, "9")];
    write(editor.home, {
      other: [
        "#!/usr/bin/env node",
        'const { spawn } = require("node:child_process");',
        `const child = spawn(${JSON.stringify(server)}, process.argv.slice(2), { stdio: ["inherit", "pipe", "inherit"] });`,
        `child.stdout.on("data", (data) => process.stdout.write(data.toString("latin1").replace('"version":"${VERSION}', '"version":"${theirs}'), "latin1"));`,
        'child.on("exit", (code) => process.exit(code));',
        "",
      ].join("\n"),
    });
    chmodSync(other, 0o755);
    editor.machine({ "tiro.server.path": other });
    await window.notification(`The Tiro server has the version ${theirs}`).waitFor();
    await window.shot("version");
    await window.say("Do you work?", { say: ["All the same."] });
    await window.said("All the same.");
    await window.close();
    await until("the server ends with its window", () => editor.servers().length === 0);
  });
});

suite("two windows on one folder, and a key", needsEditor, () => {
  let editor: Editor;
  let first: Window;
  before(async () => {
    editor = await Editor.start({ vsix: universal() });
    first = await editor.open("work", { "a.txt": "a\n" });
    await first.openChat();
  });
  afterEach(async () => {
    await first.shot("last-start");
  });
  after(async () => {
    await editor.close();
  });

  test("a key is kept apart from settings and files, and reaches the server alone", async () => {
    const key = `secret-${Math.random().toString(36).slice(2)}`;
    editor.machine({ "tiro.server.path": server, "tiro.config.model_providers": { scripted: { env_key: "SCRIPTED_KEY" } } });
    await first.run("Tiro: Set API Key");
    await first.choose("SCRIPTED_KEY");
    await first.answer(key);
    await first.notification("the key counts after the server is restarted").locator(".monaco-button", { hasText: "Restart" }).click();
    await first.openChat();
    await first.say("Do you have it?", { say: ["I have."] });
    await first.said("I have.");
    assert.equal(editor.model.keys.at(-1), `Bearer ${key}`);
    const found = execFileSync("sh", ["-c", `grep -rlF '${key}' '${editor.home}' || true`], { encoding: "utf8" });
    assert.equal(found, "");
  });

  test("each of two windows has a talk of its own, and both live on", async () => {
    await first.say("I am the first.", { say: ["Hello, first."] });
    await first.said("Hello, first.");
    const second = await editor.window(`?folder=${first.folder}`, first.folder);
    await second.openChat();
    await until("each has a server", () => editor.servers().length === 2);
    await second.say("I am the second.", { say: ["Hello, second."] });
    await second.said("Hello, second.");
    await second.shot("two-windows");
    await first.say("And I the first again.", { say: ["Still first."] });
    await first.said("Still first.");
    assert.match(JSON.stringify(editor.model.asked.at(-1)), /I am the first\./);
    assert.doesNotMatch(JSON.stringify(editor.model.asked.at(-1)), /I am the second\./);
    await second.close();
    await until("the server of the closed window ends", () => editor.servers().length === 1);
    await first.say("Alone again?", { say: ["Alone."] });
    await first.said("Alone.");
  });

  test("no window saw an error of ours", () => {
    assert.deepEqual(editor.errors, []);
  });
});
