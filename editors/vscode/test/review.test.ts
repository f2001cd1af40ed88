import assert from "node:assert/strict";
import { test } from "node:test";
import type { Proposal, ProposedFile, ProposedHunk } from "../src/protocol";
import { byProposal, linesOf, next, places, shifted, sizes, summary, undecided, within } from "../src/review/places";
import { proposed, split } from "../src/review/text";
import { reversed } from "../src/review/unified";

const hunk = (id: string, orig_index: number, deleted_lines: string[], inserted_lines: string[], more: Partial<ProposedHunk> = {}): ProposedHunk => ({
  id,
  orig_index,
  deleted_lines,
  inserted_lines,
  state: "pending",
  ...more,
});
const file = (path: string, hunks: ProposedHunk[], more: Partial<ProposedFile> = {}): ProposedFile => ({ path, kind: "update", hunks, ...more });
const proposal = (id: string, files: ProposedFile[]): Proposal => ({ id, open: true, files });

const two = proposal("c1", [
  file("/w/b", [hunk("h3", 9, ["x"], []), hunk("h1", 2, ["x"], ["y", "z"])]),
  file("/w/a", [hunk("h2", 5, [], ["n"]), hunk("h4", 7, ["x"], ["y"], { state: "rejected" })]),
]);

test("places are in the order of files and lines, without what is rejected", () => {
  assert.deepEqual(places([two]).map((place) => `${place.file.path} ${place.hunk.id}`), ["/w/a h2", "/w/b h1", "/w/b h3"]);
});

test("what is accepted is a place, but not to be decided", () => {
  const accepted = proposal("c", [file("/w/a", [hunk("h1", 1, [], ["a"], { state: "accepted" }), hunk("h2", 2, [], ["b"], { state: "conflict" })])]);
  assert.equal(places([accepted]).length, 2);
  assert.deepEqual(undecided([accepted]).map((place) => place.hunk.id), ["h2"]);
});

test("the next place is after the line, else in the next file, else the first", () => {
  const all = places([two]);
  const id = (path: string, line: number, step: 1 | -1): string | undefined => next(all, path, line, step)?.hunk.id;
  assert.equal(id("/w/a", 0, 1), "h2");
  assert.equal(id("/w/a", 4, 1), "h1");
  assert.equal(id("/w/b", 1, 1), "h3");
  assert.equal(id("/w/b", 8, 1), "h2");
  assert.equal(id("/w/b", 8, -1), "h1");
  assert.equal(id("/w/a", 0, -1), "h3");
  assert.equal(next([], "/w/a", 0, 1), undefined);
});

test("lines of a hunk stay in the text", () => {
  assert.deepEqual(linesOf(hunk("h", 3, ["a", "b"], []), 10), { start: 2, end: 4 });
  assert.deepEqual(linesOf(hunk("h", 3, [], ["a"]), 10), { start: 2, end: 2 });
  assert.deepEqual(linesOf(hunk("h", 50, ["a"], []), 10), { start: 10, end: 10 });
  assert.deepEqual(linesOf(hunk("h", 2, ["a"], [], { state: "conflict", current_lines: ["x", "y", "z"] }), 10), { start: 1, end: 4 });
});

test("the cursor is at a hunk that it touches, also at one that only inserts", () => {
  const all = places([two]);
  const ids = (path: string, start: number, end: number): string[] => within(all, path, { start, end }, 20).map((place) => place.hunk.id);
  assert.deepEqual(ids("/w/b", 1, 2), ["h1"]);
  assert.deepEqual(ids("/w/b", 0, 20), ["h1", "h3"]);
  assert.deepEqual(ids("/w/a", 4, 5), ["h2"]);
  assert.deepEqual(ids("/w/a", 5, 6), []);
});

test("ids by proposal are what the server takes", () => {
  assert.deepEqual(byProposal(places([two, proposal("c2", [file("/w/z", [hunk("h1", 1, [], ["a"])])])])), { c1: ["h2", "h1", "h3"], c2: ["h1"] });
});

test("a hunk in a few words", () => {
  const [place] = places([proposal("c", [file("/w/a", [hunk("h", 1, ["", "old"], ["  new"])])])]);
  assert.ok(place);
  assert.equal(summary(place), "+1 −2 new");
  assert.equal(sizes(place.hunk), "+1 −2");
  assert.equal(summary({ ...place, file: { ...place.file, kind: "add" } }), "new file, 1 line");
  assert.equal(summary({ ...place, file: { ...place.file, kind: "delete" } }), "delete this file");
  const moved = { ...place, file: { ...place.file, move_path: "/w/b" }, hunk: hunk("h", 1, [], []) };
  assert.equal(summary(moved), "move to /w/b");
});

test("a line moves with what is typed above it", () => {
  assert.equal(shifted(10, [{ start: 2, removed: 0, added: 3 }]), 13);
  assert.equal(shifted(10, [{ start: 12, removed: 1, added: 0 }]), 10);
  assert.equal(shifted(10, [{ start: 2, removed: 4, added: 1 }, { start: 0, removed: 0, added: 1 }]), 8);
  assert.equal(shifted(10, [{ start: 8, removed: 5, added: 0 }]), 8);
});

test("the right side has what is pending and accepted, and says where", () => {
  const it = file("/w/a", [
    hunk("h1", 1, ["a"], ["A", "AA"]),
    hunk("h2", 3, ["c"], [], { state: "accepted" }),
    hunk("h3", 4, ["d"], ["no"], { state: "rejected" }),
    hunk("h4", 5, [], ["end"]),
  ]);
  const result = proposed("a\nb\nc\nd\n", it);
  assert.equal(result.text, "A\nAA\nb\nd\nend\n");
  assert.deepEqual(result.hunks, [
    { id: "h1", left: { start: 0, end: 1 }, right: { start: 0, end: 2 } },
    { id: "h2", left: { start: 2, end: 3 }, right: { start: 3, end: 3 } },
    { id: "h4", left: { start: 4, end: 4 }, right: { start: 4, end: 5 } },
  ]);
});

test("line endings and a missing last one stay", () => {
  assert.equal(proposed("a\r\nb\r\n", file("/w/a", [hunk("h", 2, ["b"], ["c", "d"])])).text, "a\r\nc\r\nd\r\n");
  assert.equal(proposed("a\nb", file("/w/a", [hunk("h", 2, ["b"], ["c"])])).text, "a\nc");
  assert.equal(proposed("a", file("/w/a", [hunk("h", 2, [], ["b"])])).text, "a\nb");
});

test("a new file and one that goes", () => {
  assert.equal(proposed("", file("/w/a", [hunk("h", 1, [], ["x", "y"])], { kind: "add" })).text, "x\ny\n");
  assert.equal(proposed("a\n", file("/w/a", [hunk("h", 1, ["a"], [])], { kind: "delete" })).text, "");
  assert.equal(proposed("a\n", file("/w/a", [hunk("h", 1, ["a"], [], { state: "rejected" })], { kind: "delete" })).text, "a\n");
});

test("a hunk that does not fit what was typed is left out, and said", () => {
  const result = proposed("typed\nb\n", file("/w/a", [hunk("h1", 1, ["a"], ["A"]), hunk("h2", 2, ["b"], ["B"])]));
  assert.equal(result.text, "typed\nB\n");
  assert.deepEqual(result.unfit, ["h1"]);
});

test("a text of very many lines is no problem", () => {
  const text = "line\n".repeat(300_000);
  const result = proposed(text, file("/w/a", [hunk("h", 300_000, ["line"], ["last"])]));
  assert.ok(result.text.endsWith("line\nlast\n"));
  assert.equal(split(result.text).length, 300_001);
});

test("from the text after a patch to the one before it", () => {
  const diff = "@@ -1,3 +1,4 @@\n a\n-b\n+B\n+BB\n c\n@@ -10 +11,0 @@\n-gone\n";
  const after = "a\nB\nBB\nc\n5\n6\n7\n8\n9\n10\n11\n";
  assert.equal(reversed(after, diff), "a\nb\nc\n5\n6\n7\n8\n9\n10\n11\ngone\n");
  assert.equal(reversed(`new\n${after}`, "@@ -1,3 +1,4 @@\n a\n-b\n+B\n+BB\n c\n"), "new\na\nb\nc\n5\n6\n7\n8\n9\n10\n11\n");
  assert.equal(reversed("else\n", diff), undefined);
});
