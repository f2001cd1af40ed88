// Text that may be hostile or long: Markdown in blocks, output, escapes, links, diffs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { classesOf, noStyle, pieces } from "../ansi";
import { blocksOf, close, grow, noBlocks, openBlocks, type Block, type Blocks } from "../blocks";
import { commandOf, completed, isPicture, mentions, offers, refusal, wordAt } from "../compose";
import { ofChanges, ofGit, ofHunk } from "../diff";
import { fileName, target } from "../links";
import { lastLines, lineCount, noOutput, outputOf, write } from "../output";
import { execAnswers, patchAnswers, type ExecRequest } from "../scope";
import { elapsed, plural, shell, short, tokens, visible, within } from "../text";

function all(blocks: Blocks): Block[] {
  return [...blocks.full.flat(), ...blocks.recent];
}

function told(blocks: readonly Block[]): string[] {
  return blocks.map((block) => (block.kind === "code" ? `${block.language}<${block.text}>${block.closed ? "" : "…"}` : block.source.trim()));
}

function stream(source: string, size: number): Blocks {
  let blocks = noBlocks;
  for (let at = 0; at < source.length; at += size) blocks = grow(blocks, source.slice(at, at + size));
  return close(blocks);
}

const samples: Readonly<Record<string, [source: string, expected: string[]]>> = {
  "paragraphs": ["One\ntwo\n\nThree\n", ["One\ntwo", "Three"]],
  "code": ["Look:\n```rust\nfn a() {}\n\nfn b() {}\n```\nDone", ["Look:", "rust<fn a() {}\n\nfn b() {}>", "Done"]],
  "code with a longer fence": ["````\n```\nx\n```\n````\n", ["<```\nx\n```>"]],
  "code that is never closed": ["```js\nlet a;\n", ["js<let a;>…"]],
  "empty code": ["```\n```\nx", ["<>", "x"]],
  "code of tildes": ["~~~ py\nx\n~~~", ["py<x>"]],
  "a list stays whole": ["1. one\n\n2. two\n\n   more\n\n3. three\n\nAfter", ["1. one\n\n2. two\n\n   more\n\n3. three", "After"]],
  "code in a list belongs to it": ["- a\n\n  ```\n  x\n  ```\n\n- b\n", ["- a\n\n  ```\n  x\n  ```\n\n- b"]],
  "a table": ["|a|b|\n|-|-|\n|1|2|\n\nx", ["|a|b|\n|-|-|\n|1|2|", "x"]],
  "line ends of Windows": ["a\r\n\r\n```js\r\nx\r\n```\r\nb", ["a", "js<x>", "b"]],
  "backquotes in a sentence": ["``` not ` code\nx\n\ny", ["``` not ` code\nx", "y"]],
};

for (const [name, [source, expected]] of Object.entries(samples)) {
  test(`blocks of Markdown: ${name}, in pieces of any size`, () => {
    assert.deepEqual(told(all(blocksOf(source))).map((text) => text.replaceAll("\r", "")), expected);
    for (const size of [1, 2, 3, 7]) assert.deepEqual(told(all(stream(source, size))), told(all(blocksOf(source))), `in pieces of ${size}`);
  });
}

test("what is settled is never changed, and the rest is short", () => {
  const source = "A sentence that is said again and again.\n\n- item\n\n```ts\nconst a = 1;\n```\n\n".repeat(200);
  let blocks = noBlocks;
  let settled: readonly Block[] = [];
  for (let at = 0; at < source.length; at += 11) {
    blocks = grow(blocks, source.slice(at, at + 11));
    const now = all(blocks);
    assert.ok(settled.every((block, index) => now[index] === block));
    assert.ok(blocks.open.length < 200);
    settled = now;
  }
});

test("a paragraph without end is cut, so that one frame never draws all of it", () => {
  let blocks = noBlocks;
  for (let piece = 0; piece < 3_000; piece++) blocks = grow(blocks, "a word and another one of many words, on a line\n");
  assert.ok(blocks.open.length < 7_000);
  let endless = noBlocks;
  for (let piece = 0; piece < 3_000; piece++) endless = grow(endless, "word ".repeat(20));
  assert.ok(endless.open.length < 61_000);
});

test("what is not settled is shown as if it ended now", () => {
  assert.deepEqual(told(openBlocks(grow(noBlocks, "a\n\n```js\nlet"))), ["js<let>…"]);
  assert.deepEqual(told(openBlocks(grow(noBlocks, "a **b"))), ["a **b"]);
});

test("hidden and reordering characters are seen", () => {
  assert.equal(visible("a\u202eb\u0007c\u200bd\u007f\te\r\nf"), "a⟨U+202E⟩b␇c⟨U+200B⟩d␡\te\nf");
  assert.equal(shell(["bash", "-lc", "rm \u202etxt"]), "rm ⟨U+202E⟩txt");
  assert.equal(shell(["rm", "-rf", "a b", "it's"]), "rm -rf 'a b' 'it'\\''s'");
  assert.equal(shell(["echo", ""]), "echo ''");
});

test("escapes become styles, and all others go", () => {
  const said = (text: string) => pieces(text, noStyle).map((piece) => [piece.text, classesOf(piece.style)]);
  assert.deepEqual(said("a\u001b[1;31mb\u001b[0mc"), [["a", ""], ["b", "ansi-f1 ansi-bold"], ["c", ""]]);
  assert.deepEqual(said("\u001b[38;5;196mx\u001b[48;2;0;0;255my\u001b[39;49mz"), [["x", "ansi-f9"], ["y", "ansi-f9 ansi-b12"], ["z", ""]]);
  assert.deepEqual(said("a\u001b[2J\u001b[H\u001b[?25lb\u001b]0;title\u0007c\u001b]8;;http://evil\u001b\\d\u001b(Be"), [["abcde", ""]]);
  assert.deepEqual(said("a\u001b[3"), [["a", ""]], "what is not complete is not seen");
  assert.deepEqual(said("\u001b[7mx\u001b[27my"), [["x", "ansi-inverse"], ["y", ""]]);
  assert.deepEqual(said("a\u001bPq#0\u001b\\b\u009b31mc"), [["ab", ""], ["c", "ansi-f1"]]);
  assert.deepEqual(said("ab\bc<b>\u202e"), [["ac<b>⟨U+202E⟩", ""]]);
});

test("output keeps its beginning and its end, and counts the rest", () => {
  let output = noOutput;
  for (let line = 1; line <= 100_000; line++) output = write(output, `line ${line}\n`);
  assert.equal(lineCount(output), 100_000);
  assert.equal(output.head[0]?.text.split("\n")[0], "line 1");
  assert.equal(lastLines(output, 2).text, "line 99999\nline 100000\n");
  const kept = [...output.head, ...output.tail].reduce((lines, segment) => lines + segment.lines, 0) + output.openLines;
  assert.equal(kept + output.cut, 100_000);
  assert.ok(output.size < 1_000_000);
});

test("5 000 lines are kept whole", () => {
  const output = write(noOutput, "some words that a test writes, about eighty characters as compilers have it ...\n".repeat(5_000));
  assert.equal(output.cut, 0);
  assert.equal(lineCount(output), 5_000);
});

test("a line that is written over shows what was written last", () => {
  const output = ["10%\r", "50%\r1", "00%\r\n", "a\r\nb"].reduce(write, noOutput);
  assert.equal(pieces(output.open, noStyle).map((piece) => piece.text).join(""), "100%\na\nb");
});

test("a line of a million characters is cut", () => {
  let output = noOutput;
  for (let piece = 0; piece < 100; piece++) output = write(output, "x".repeat(10_000));
  assert.ok(output.size < 110_000);
  assert.equal(lineCount(output), 1);
});

test("colours go on over segments", () => {
  const output = write(noOutput, `\u001b[31m${"x\n".repeat(150)}`);
  assert.deepEqual(output.style, { foreground: 1 });
  assert.deepEqual(lastLines(output, 120).style, { foreground: 1 });
});

test("both streams of a command that is shown again", () => {
  assert.equal(outputOf("a", "b").open, "a\nb");
  assert.equal(outputOf("", "b\n").open, "b\n");
});

test("links go to the web or to a file, and nowhere else", () => {
  assert.deepEqual(target("https://example.org/a?b#c"), { kind: "web", href: "https://example.org/a?b#c" });
  for (const href of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "command:workbench.action.terminal.new", "vscode://x/y", "file://server/share", "//server/share", "\\\\server\\share", "https://good.example@evil.example/", "mailto:a@b", "", "#top", "%00", "%zz", `https://${"a".repeat(3_000)}`]) {
    assert.equal(target(href), undefined, href);
  }
  assert.deepEqual(target("src/main.rs:12"), { kind: "file", path: "src/main.rs", line: 12 });
  assert.deepEqual(target("src/main.rs#L3-L9"), { kind: "file", path: "src/main.rs", line: 3 });
  assert.deepEqual(target("main.rs:7:2"), { kind: "file", path: "main.rs", line: 7 });
  assert.deepEqual(target("file:///w/a%20b.txt"), { kind: "file", path: "/w/a b.txt" });
  assert.deepEqual(target("C:\\w\\a.txt"), { kind: "file", path: "C:\\w\\a.txt" });
});

test("code that is the name of a file leads there", () => {
  assert.deepEqual(fileName("src/lib.rs:4"), { kind: "file", path: "src/lib.rs", line: 4 });
  assert.deepEqual(fileName("Cargo.toml"), { kind: "file", path: "Cargo.toml" });
  for (const code of ["self.name", "a.b()", "rm -rf x.sh", "https://a.b/c.d", "1.5", "../..", "foo"]) assert.equal(fileName(code), undefined, code);
});

test("changes as diffs", () => {
  const [gone, added, moved] = ofChanges({ "/w/n": { add: { content: "a\nb\n" } }, "/w/o": { update: { unified_diff: "@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n", move_path: "/w/p" } }, "/w/d": "delete" });
  assert.deepEqual([gone?.path, gone?.what], ["/w/d", "deleted"]);
  assert.deepEqual([added?.what, added?.added, added?.rows[1]], ["new", 2, { kind: "added", text: "b" }]);
  assert.deepEqual([moved?.movedTo, moved?.added, moved?.deleted, moved?.rows.length], ["/w/p", 1, 1, 5]);
});

test("the diff of a task as Git writes it", () => {
  const files = ofGit('diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+diff --git a/q b/q\ndiff --git "a/\\303\\244 b" "b/\\303\\244 b"\nnew file mode 100644\n--- /dev/null\n+++ "b/\\303\\244 b"\n@@ -0,0 +1 @@\n+y\ndiff --git a/o b/n\nsimilarity index 100%\nrename from o\nrename to n\n');
  assert.deepEqual(files.map((file) => [file.path, file.what, file.added, file.deleted, file.movedTo]), [["a", "changed", 1, 1, undefined], ["ä b", "new", 1, 0, undefined], ["o", "changed", 0, 0, "n"]]);
});

test("a conflict shows what stands there now", () => {
  const rows = ofHunk({ id: "h", orig_index: 1, deleted_lines: ["a"], inserted_lines: ["b"], state: "conflict", current_lines: ["c", "d"] });
  assert.deepEqual(rows.map((row) => row.text), ["c", "d", "b"]);
});

test("each answer says exactly what it grants", () => {
  const scopes = (request: ExecRequest) => execAnswers(request).map((answer) => `${answer.key} ${answer.scope}`);
  const request = { type: "exec_approval_request", command: ["ls"], cwd: "/w" } satisfies ExecRequest;
  assert.deepEqual(scopes(request).slice(0, 3), ["a run it once, in the sandbox", "A run this very command in this very directory without asking, in the sandbox, for the session", "d don't run it"]);
  assert.deepEqual(scopes({ ...request, unsandboxed: true }).slice(0, 2), ["a run it without the sandbox", "A always run this very command in this very directory without the sandbox"]);
  assert.deepEqual(scopes({ ...request, permissions: ["network-full-access", { "disk-write-folder": { folder: "/c" } }] }).slice(0, 2), ["a allow the network and writing to /c this once", "A allow the network and writing to /c to every command of the session"]);
  const patch = { type: "apply_patch_approval_request", changes: {} } as const;
  assert.deepEqual(patchAnswers(patch).map((answer) => answer.decision), ["approved", "denied", "abort"], "without a folder there is nothing to grant for the session");
  assert.match(patchAnswers({ ...patch, grant_root: "/o" })[1]?.scope ?? "", /every file in \/o, and commands to write there/);
});

test("the word that is completed", () => {
  assert.deepEqual(wordAt("see @src/ma", 11), { text: "@src/ma", from: 4 });
  assert.deepEqual(wordAt("/mo", 3), { text: "/mo", from: 0 });
  assert.deepEqual(wordAt("(@a", 3), { text: "@a", from: 1 });
  for (const text of ["me@example", "a /mo", "@a b", "", "x"]) assert.equal(wordAt(text, text.length), undefined, text);
  assert.deepEqual(completed("see @ma now", { text: "@ma", from: 4 }, 7, "@main.rs"), { text: "see @main.rs now", cursor: 13 });
  assert.deepEqual(completed("@s", { text: "@s", from: 0 }, 2, "@src/"), { text: "@src/", cursor: 5 });
  assert.deepEqual(completed("@s", { text: "@s", from: 0 }, 2, "@selection"), { text: "@selection ", cursor: 11 });
  assert.deepEqual(offers({ text: "/mo", from: 0 }, [{ label: "mood", insert: "/mood" }, { label: "m", insert: "/model" }]).map((item) => item.insert), ["/model", "/mood"]);
  assert.equal(commandOf(" /new "), "tiro.newSession");
  assert.equal(commandOf("/new things"), undefined);
});

test("pictures are taken up to a size, other files are not", () => {
  assert.equal(refusal({ name: "a.png", type: "image/png", size: 1_000 }, []), undefined);
  assert.match(refusal({ name: "a.svg", type: "image/svg+xml", size: 10 }, []) ?? "", /a\.svg is no PNG/);
  assert.match(refusal({ name: "a.png", type: "image/png", size: 6 * 1024 * 1024 }, []) ?? "", /more than 5 MB/);
  const large = `data:image/png;base64,${"A".repeat(20 * 1024 * 1024)}`;
  assert.match(refusal({ name: "", type: "image/png", size: 1024 * 1024 }, [large]) ?? "", /the picture does not fit/);
  assert.ok(isPicture("data:image/png;base64,AAEC"));
  for (const uri of ["data:image/svg+xml;base64,AAEC", "data:text/html,x", "https://a/b.png", 'data:image/png;base64,A" onerror="x']) assert.ok(!isPicture(uri), uri);
});

test("files that are dropped are mentioned", () => {
  assert.equal(mentions("file:///w/src/a%20b.rs\r\nfile:///o/c\r\nhttps://x\r\n", "/w"), "@src/a b.rs @/o/c");
});

test("words for numbers and paths", () => {
  assert.deepEqual([elapsed(12), elapsed(1_234), elapsed(61_500)], ["12 ms", "1.2 s", "1 min 1 s"]);
  assert.deepEqual([plural(1, "line"), plural(5_000, "line")], ["1 line", "5,000 lines"]);
  assert.deepEqual([tokens(999), tokens(12_345), tokens(150_000), tokens(2_500_000)], ["999", "12.3k", "150k", "2.5M"]);
  assert.deepEqual([short("/w/a", "/w"), short("/wa", "/w"), short("/w/a", undefined)], ["a", "/wa", "/w/a"]);
  assert.equal(within("restored: /w/a, /wa, /w/b/c", "/w"), "restored: a, /wa, b/c");
  assert.equal(within("restored: /w/a", undefined), "restored: /w/a");
});
