// Runs the tests of test/host inside the extension host of a real VS Code, and tells of each.

import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { runInHost } from "./host";
import { needsEditor } from "./places";

suite("in the extension host", needsEditor, async () => {
  if (needsEditor.skip !== false) return;
  const text = "one\ntwo\nthree\n";
  const outcomes = await runInHost({ "a.txt": text, "b.txt": text, "c.txt": text, "d.txt": text, "locked.txt": text, "crlf.txt": text.replaceAll("\n", "\r\n") });
  test("there were tests", () => {
    assert.ok(outcomes.length > 0);
  });
  for (const { name, problem } of outcomes) {
    test(name, () => {
      assert.equal(problem, undefined);
    });
  }
});
