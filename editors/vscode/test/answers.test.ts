import assert from "node:assert/strict";
import { test } from "node:test";
import { answers, commandLine, paragraph, visible } from "../src/approvals/answers";
import type { Question } from "../src/session/known";

const exec = (more: Partial<Extract<Question, { kind: "exec" }>> = {}): Question => ({
  kind: "exec",
  id: "c",
  command: ["cargo", "test"],
  cwd: "/w",
  permissions: [],
  unsandboxed: false,
  ...more,
});
const scopes = (question: Question): string[] => answers(question).map(({ decision, label, scope }) => `${decision} | ${label} | ${scope}`);

test("a command that has not run yet", () => {
  assert.deepEqual(scopes(exec()), [
    "approved | Allow once | run it once, in the sandbox",
    "approved_for_session | Allow for the session | run this very command in this very directory without asking, in the sandbox, for the session",
    "denied | Deny | don't run it",
  ]);
});

test("a command that the sandbox stopped names what is allowed, and to whom", () => {
  const question = exec({ permissions: ["network-full-access", { "disk-write-folder": { folder: "/srv/x" } }] });
  assert.deepEqual(scopes(question).slice(0, 2), [
    "approved | Allow once | allow the network and writing to /srv/x this once",
    "approved_for_session | Allow for the session | allow the network and writing to /srv/x to every command of the session",
  ]);
});

test("without the sandbox is said in every answer that allows it", () => {
  const allowing = answers(exec({ unsandboxed: true })).filter(({ decision }) => decision !== "denied");
  assert.equal(allowing.length, 2);
  for (const { scope } of allowing) assert.match(scope, /without the sandbox/);
});

test("a patch is for the session only where a folder is to be opened", () => {
  const patch: Question = { kind: "patch", id: "c", files: ["/w/a"] };
  assert.deepEqual(answers(patch).map(({ decision }) => decision), ["approved", "denied"]);
  const wide = answers({ ...patch, grantRoot: "/srv/\u202ey" });
  assert.deepEqual(wide.map(({ decision }) => decision), ["approved", "approved_for_session", "denied"]);
  assert.match(wide[1]?.scope ?? "", /every file in \/srv\/\\u\{202e\}y, and commands to write there/);
});

test("a question in one paragraph: command, directory, reason, what each answer covers", () => {
  const text = paragraph(exec({ reason: "it writes to the cache" }), (path) => path);
  assert.equal(
    text,
    "Run `cargo test` in /w? it writes to the cache. “Allow once”: run it once, in the sandbox. “Allow for the session”: run this very command in this very directory without asking, in the sandbox, for the session.",
  );
});

test("a command is shown as one would type it", () => {
  assert.equal(commandLine(["echo", "a b", "it's", ""]), String.raw`echo 'a b' 'it'\''s' ''`);
  assert.equal(commandLine(["bash", "-lc", "ls | wc -l"]), "ls | wc -l");
  assert.equal(commandLine(["/bin/sh", "-c", "ls"]), "ls");
});

test("nothing of a command passes unseen", () => {
  assert.equal(visible("a\nb\tc\u001b[2K\u202ed\u200b"), String.raw`a\nb\tc\u{1b}[2K\u{202e}d\u{200b}`);
  assert.equal(commandLine(["sh", "-c", "ls\nrm -rf x"]), String.raw`ls\nrm -rf x`);
});
