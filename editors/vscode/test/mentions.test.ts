import assert from "node:assert/strict";
import { test } from "node:test";
import { best, fenced, mentions, score, slash } from "../src/chat/mentions";

test("words that name what is in the editor are found once", () => {
  assert.deepEqual(mentions("why @selection and @problems? @selection"), { special: ["selection", "problems"], symbols: [] });
  assert.deepEqual(mentions("see @#Parser.next and @#Ünï."), { special: [], symbols: ["Parser.next", "Ünï"] });
});

test("files, addresses and code name nothing", () => {
  for (const text of ["@src/selection.rs", "@selection.rs", "me@selection", "`@selection`", "```\n@selection\n```", "@selections"]) {
    assert.deepEqual(mentions(text), { special: [], symbols: [] }, text);
  }
});

test("a message that is one command is that", () => {
  assert.equal(slash("/new"), "tiro.newSession");
  assert.equal(slash(" /Model "), "tiro.model");
  assert.equal(slash("/src/main.rs"), undefined);
  assert.equal(slash("/new things"), undefined);
  assert.equal(slash("/constructor"), undefined);
});

test("a file is found by its name before its folder", () => {
  const paths = ["parser/lib.rs", "src/parser.rs", "src/my_parser.rs", "p/a/r/s/e/r"];
  assert.deepEqual(best(paths, "parser", 10), ["src/parser.rs", "src/my_parser.rs", "parser/lib.rs", "p/a/r/s/e/r"]);
  assert.equal(score("src/lib.rs", "xyz"), undefined);
  assert.deepEqual(best(paths, "", 2).length, 2);
});

test("no line of code ends its block", () => {
  assert.equal(fenced("a\n```\nb\n", "md"), "````md\na\n```\nb\n````");
  assert.equal(fenced("x", ""), "```\nx\n```");
});
