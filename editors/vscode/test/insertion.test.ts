import assert from "node:assert/strict";
import { test } from "node:test";
import { inserted } from "../src/chat/insertion";

test("code takes the place of what is selected, at each cursor", () => {
  assert.equal(inserted("one two three", [{ from: 4, to: 7 }], "2"), "one 2 three");
  assert.equal(inserted("abc", [{ from: 0, to: 0 }, { from: 3, to: 3 }], "-"), "-abc-");
  assert.equal(inserted("", [{ from: 0, to: 0 }], "x\n"), "x\n");
});

test("code gets the line ends of the file", () => {
  assert.equal(inserted("a\r\nb\r\n", [{ from: 3, to: 4 }], "1\n2"), "a\r\n1\r\n2\r\n");
  assert.equal(inserted("a\nb\n", [{ from: 2, to: 3 }], "1\r\n2"), "a\n1\n2\n");
});
