// What the events of a session become in the chat.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventMsg, Proposal } from "../../../protocol";
import type { LocalMsg, SessionEvent } from "../../messages";
import { announcements } from "../announce";
import { apply, ended, joined } from "../model";
import { lineCount } from "../output";
import { emptyTranscript, waiting, type Entry, type Transcript } from "../transcript";

function events(...msgs: (EventMsg | LocalMsg)[]): SessionEvent[] {
  return msgs.map((msg) => ({ id: "1", msg }));
}

function source(entry: Extract<Entry, { kind: "message" | "reasoning" }>): string {
  const blocks = [...entry.blocks.full.flat(), ...entry.blocks.recent].map((block) => (block.kind === "code" ? `<${block.text}>` : block.source.trim()));
  return [...blocks, ...(entry.blocks.open === "" ? [] : [`${entry.blocks.open}…`])].join(" | ");
}

function shown(transcript: Transcript): string[] {
  return transcript.entries.map((entry): string => {
    switch (entry.kind) {
      case "said": return `you ${entry.turn}: ${entry.text}`;
      case "message": return `tiro: ${source(entry)}`;
      case "reasoning": return `reasoning: ${source(entry)}`;
      case "command": return `$ ${entry.command.join(" ")}: ${lineCount(entry.output)} lines, ${entry.ended ? entry.ended.how ?? `exit ${entry.ended.exitCode}` : "runs"}${entry.ended?.denial ? `, ${entry.ended.denial}` : ""}`;
      case "exec": return `may ${entry.request.command.join(" ")}? ${entry.standing.state === "answered" ? entry.standing.decision : entry.standing.state}`;
      case "patch": return `patch ${entry.files.map((file) => file.path).join(" ")}: ${entry.applied}, ${entry.standing.state}${entry.report ? ` (${entry.report})` : ""}`;
      case "plan": return `plan: ${entry.items.map((item) => `${item.status} ${item.step}`).join(", ")}`;
      case "changed": return `changed ${entry.files.map((file) => `${file.path} +${file.added} -${file.deleted}`).join(", ")}`;
      case "notice": return `note: ${entry.text}`;
      case "error": return `error: ${entry.text}`;
    }
  });
}

function check(msgs: (EventMsg | LocalMsg)[], expected: string[]): Transcript {
  const all = events(...msgs);
  const atOnce = apply(emptyTranscript, all);
  assert.deepEqual(shown(atOnce), expected);
  // One by one they come to the same.
  const byOne = all.reduce((transcript, event) => apply(transcript, [event]), emptyTranscript);
  assert.deepEqual(shown(byOne), expected);
  return atOnce;
}

const begin = (call_id: string, ...command: string[]): EventMsg => ({ type: "exec_command_begin", call_id, command, cwd: "/w" });
const output = (call_id: string, chunk: string): EventMsg => ({ type: "exec_command_output_delta", call_id, stream: "stdout", chunk });
const end = (call_id: string, exit_code = 0, stdout = "", denial?: string): EventMsg => ({ type: "exec_command_end", call_id, stdout, stderr: "", exit_code, ...(denial ? { denial } : {}) });
const say = (turn: number, message: string): EventMsg => ({ type: "user_message", turn, message });
const delta = (text: string): EventMsg => ({ type: "agent_message_delta", delta: text });
const answer = (message: string): EventMsg => ({ type: "agent_message", message });
const asks = (call_id: string, ...command: string[]): EventMsg => ({ type: "exec_approval_request", call_id, command, cwd: "/w" });
const proposal = (open: boolean): Proposal => ({ id: "p", open, files: [{ path: "/w/a", kind: "update", hunks: [{ id: "h1", orig_index: 1, deleted_lines: ["x"], inserted_lines: ["y"], state: "pending" }] }] });
const changes = { "/w/a": { update: { unified_diff: "@@ -1 +1 @@\n-x\n+y\n", move_path: null } } } as const;
const gitDiff = "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n-x\n+y\n+z\n";

test("an answer streams in and is not told twice", () => {
  check([say(1, "hi"), delta("One "), delta("two.\n\nThree"), answer("One two.\n\nThree"), { type: "task_complete" }], ["you 1: hi", "tiro: One two. | Three"]);
});

test("an answer that did not stream is shown whole", () => {
  check([say(1, "hi"), answer("One.\n\nTwo"), answer("")], ["you 1: hi", "tiro: One. | Two"]);
});

test("an answer that something came between is still told once", () => {
  check([delta("One"), { type: "background_event", message: "again" }, answer("One")], ["tiro: One", "note: again"]);
  check([delta("One"), answer("One"), answer("Two")], ["tiro: One", "tiro: Two"]);
});

test("reasoning and answers are apart", () => {
  check([{ type: "agent_reasoning_delta", delta: "hm" }, delta("A"), { type: "agent_reasoning_delta", delta: "so" }, delta("B")], ["reasoning: hm", "tiro: A", "reasoning: so", "tiro: B…"]);
});

test("a command shows what it wrote, and how it ended", () => {
  check([begin("1", "ls"), output("1", "a\nb"), output("1", "c\n"), end("1", 2, "a\nbc\n", "writing /etc was stopped")], ["$ ls: 2 lines, exit 2, writing /etc was stopped"]);
});

test("a command whose pieces are not kept shows its end", () => {
  check([begin("1", "ls"), end("1", 0, "a\nb\nc\n")], ["$ ls: 3 lines, exit 0"]);
});

test("commands run side by side, and one may run again", () => {
  check([begin("1", "a"), begin("2", "b"), output("1", "x\n"), end("2", 1), end("1"), begin("1", "a"), output("1", "y\n")], ["$ a: 1 lines, exit 0", "$ b: 0 lines, exit 1", "$ a: 1 lines, runs"]);
});

test("output of a command that nobody knows is left alone", () => {
  check([output("9", "x"), end("9")], []);
});

test("the time of a command is that of the clock that came with its events", () => {
  const first = apply(emptyTranscript, events(begin("1", "a")), 100);
  const last = apply(first, events(end("1")), 350);
  const entry = last.entries[0];
  assert.equal(entry?.kind === "command" && entry.ended?.milliseconds, 250);
});

test("what runs ends with the task, and what was asked waits no longer", () => {
  const transcript = check([{ type: "task_started" }, begin("1", "a"), asks("2", "b"), { type: "task_complete" }], ["$ a: 0 lines, ended with the task", "may b? settled"]);
  assert.equal(transcript.running, false);
});

test("the server's end ends all that was open", () => {
  const transcript = apply(emptyTranscript, events({ type: "task_started" }, delta("so"), begin("1", "a")));
  assert.deepEqual(shown(ended(transcript, "the server ended")), ["tiro: so", "$ a: 0 lines, the server ended"]);
});

test("a question waits until it is answered, here or elsewhere", () => {
  const transcript = check([asks("1", "a"), asks("2", "b"), { type: "approval_answered", id: "1", decision: "denied" }], ["may a? denied", "may b? waiting"]);
  assert.equal(waiting(transcript).length, 1);
  check([asks("1", "a"), { type: "approval_answered", id: "1", decision: "approved" }, begin("1", "a")], ["may a? approved", "$ a: 0 lines, runs"]);
  check([asks("1", "a"), begin("1", "a"), { type: "approval_answered", id: "1", decision: "approved" }], ["may a? approved", "$ a: 0 lines, runs"]);
});

test("a question of the same call is another question", () => {
  check([asks("1", "a"), { type: "approval_answered", id: "1", decision: "approved" }, begin("1", "a"), end("1", 1), asks("1", "a")], ["may a? approved", "$ a: 0 lines, exit 1", "may a? waiting"]);
});

test("a question without a call is named by its event", () => {
  const [entry] = waiting(apply(emptyTranscript, events({ type: "exec_approval_request", command: ["a"], cwd: "/w" })));
  assert.equal(entry?.kind === "exec" && entry.id, "1");
});

test("a patch is asked about with its hunks, and applied", () => {
  const ask: EventMsg = { type: "apply_patch_approval_request", call_id: "p", changes };
  const asked = check([{ type: "proposal_updated", proposal: proposal(true) }, ask], ["patch /w/a: no, waiting"]);
  const [entry] = waiting(asked);
  assert.equal(entry?.kind === "patch" && entry.proposal?.files[0]?.hunks[0]?.id, "h1");
  const applied: EventMsg[] = [{ type: "patch_apply_begin", call_id: "p", auto_approved: false, changes }, { type: "patch_apply_end", call_id: "p", stdout: "M a\n", stderr: "", success: true }];
  check([ask, ...applied], ["patch /w/a: yes, settled (M a)"]);
  check(applied, ["patch /w/a: yes, settled (M a)"]);
  check([ask, { type: "proposal_updated", proposal: proposal(false) }], ["patch /w/a: no, settled"]);
});

test("a patch that failed says why", () => {
  check([{ type: "patch_apply_begin", call_id: "p", auto_approved: true, changes }, { type: "patch_apply_end", call_id: "p", stdout: "", stderr: "a changed\n", success: false }], ["patch /w/a: failed, settled (a changed)"]);
});

test("a plan is one entry a task", () => {
  const plan = (status: "pending" | "completed"): EventMsg => ({ type: "plan_update", plan: [{ step: "look", status }] });
  check([say(1, "go"), plan("pending"), plan("completed"), say(2, "go on"), plan("pending")], ["you 1: go", "plan: completed look", "you 2: go on", "plan: pending look"]);
  check([say(1, "go"), plan("pending"), say(1, "and that"), plan("completed")], ["you 1: go", "plan: completed look", "you 1: and that"]);
});

test("what a task changed is told when it ends, once", () => {
  const turn: EventMsg = { type: "turn_diff", unified_diff: gitDiff };
  check([{ type: "task_started" }, turn, turn, answer("done"), { type: "task_complete" }], ["tiro: done", "changed a +2 -1"]);
  check([{ type: "turn_diff", unified_diff: "" }, { type: "task_complete" }], []);
});

test("a session that goes on is shown instead of the talk", () => {
  const resumed: EventMsg = {
    type: "session_resumed",
    session: "s",
    model: "m",
    events: [{ id: "7", msg: say(1, "old") }, { id: "7", msg: answer("yes") }, { id: "7", msg: { type: "turn_diff", unified_diff: gitDiff } }, { id: "8", msg: say(2, "more") }, { id: "8", msg: begin("1", "ls") }, { id: "8", msg: end("1", 0, "x\n") }],
  };
  const old = ["you 1: old", "tiro: yes", "changed a +2 -1", "you 2: more", "$ ls: 1 lines, exit 0"];
  const transcript = check([say(1, "gone"), asks("1", "a"), resumed], [...old, "note: This session goes on now. Its model was m."]);
  assert.equal(transcript.turns, 2);
  assert.equal(transcript.sessionId, "s");
  // After an edit nothing is to be said about that.
  check([say(1, "gone"), { ...resumed, cut: 1 }, say(3, "new")], [...old, "you 3: new"]);
  const keys = apply(apply(emptyTranscript, events(say(1, "gone"))), events(resumed)).entries.map((entry) => entry.key);
  assert.ok(!keys.includes(1), "no entry has the key of one that was there before");
});

test("going back says what became of the files", () => {
  check([{ type: "restore_end", checkpoint: "1", restored: ["/a"], merged: ["/b"], refused: [], success: true }], ["note: Went back to before that task; restored: /a; merged with what was typed since: /b"]);
  check([{ type: "restore_end", checkpoint: "1", restored: [], merged: [], refused: [{ path: "/a", reason: "it was changed" }], success: false }], ["error: Nothing was restored; /a: it was changed"]);
});

test("what the view does not show changes nothing", () => {
  check([{ type: "grant_list", grants: [] }, { type: "session_list", sessions: [] }, { type: "checkpoint_list", checkpoints: [] }, { type: "session_configured", model: "m" }], []);
});

test("an event of a later version changes nothing", () => {
  const unknown = JSON.parse('{"type":"of_tomorrow"}') as EventMsg;
  check([delta("a"), unknown, delta("b")], ["tiro: ab…"]);
});

test("what was handed out before does not change", () => {
  const before = apply(emptyTranscript, events(delta("a"), begin("1", "ls")));
  const copy = structuredClone(before);
  apply(before, events(output("1", "x\n"), end("1"), asks("2", "b"), { type: "task_complete" }));
  assert.deepEqual(before, copy);
});

test("neighbouring pieces are joined, those of two commands are not", () => {
  assert.equal(joined(events(delta("a"), delta("b"), output("1", "x"), output("1", "y"), output("2", "z"), delta("c"))).length, 4);
});

test("outputs of long ago are shortened when there are too many", () => {
  const long = "0123456789".repeat(10) + "\n";
  let transcript = emptyTranscript;
  for (let call = 0; call < 20; call++) {
    transcript = apply(transcript, events(begin(String(call), "x"), output(String(call), long.repeat(5_000)), end(String(call))));
  }
  const sizes = transcript.entries.map((entry) => (entry.kind === "command" ? entry.output.size : 0));
  assert.ok((sizes[0] ?? 0) < 20_000, `the first has ${sizes[0]}`);
  assert.equal(sizes.at(-1), 505_000);
  const first = transcript.entries[0];
  assert.equal(first?.kind === "command" && lineCount(first.output), 5_000, "how many there were is still known");
});

test("a screen reader hears answers, questions and failures, and no pieces", () => {
  const spoken = (...msgs: EventMsg[]) => {
    let before = apply(emptyTranscript, events(say(1, "go")));
    return msgs.flatMap((msg) => {
      const after = apply(before, events(msg));
      const found = announcements(before, after);
      before = after;
      return found;
    });
  };
  assert.deepEqual(spoken(delta("It *is* "), delta("so.\n\n"), answer("It *is* so.")), ["Tiro: It is so."]);
  assert.deepEqual(spoken(asks("1", "bash", "-lc", "rm x\nls")), ["Tiro asks: Run this command? rm x …"]);
  assert.deepEqual(spoken(begin("1", "ls"), output("1", "x\n"), end("1")), []);
  assert.deepEqual(spoken(begin("1", "ls"), end("1", 3)), ["Command failed with exit code 3: ls"]);
  assert.deepEqual(spoken({ type: "task_started" }, { type: "error", message: "no model" }, { type: "task_complete" }), ["Tiro is working", "Error: no model", "Tiro has finished"]);
});
