import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionEvent } from "../src/chat/messages";
import type { HunkState, Proposal } from "../src/protocol";
import { Known } from "../src/session/known";

const at = (id: string, msg: SessionEvent["msg"]): SessionEvent => ({ id, msg });

function proposal(id: string, open: boolean, state: HunkState = "pending"): Proposal {
  const hunk = { id: "h1", orig_index: 1, deleted_lines: ["a"], inserted_lines: ["b"], state };
  return { id, open, files: [{ path: "/w/a", kind: "update", hunks: [hunk] }] };
}

test("a task begins and ends, and nothing waits after it", () => {
  const known = new Known();
  known.apply(at("1", { type: "task_started" }));
  assert.equal(known.running, true);
  known.apply(at("1", { type: "exec_approval_request", call_id: "c", command: ["ls"], cwd: "/w" }));
  const changes = known.apply(at("1", { type: "task_complete" }));
  assert.equal(known.running, false);
  assert.deepEqual(known.questions, []);
  assert.ok(changes.has("questions"));
});

test("a question goes when its command runs, and others stay", () => {
  const known = new Known();
  for (const call_id of ["a", "b"]) known.apply(at("1", { type: "exec_approval_request", call_id, command: ["ls"], cwd: "/w", reason: "why" }));
  known.apply(at("1", { type: "exec_command_begin", call_id: "a", command: ["ls"], cwd: "/w" }));
  assert.deepEqual(known.questions, [{ kind: "exec", id: "b", command: ["ls"], cwd: "/w", reason: "why", permissions: [], unsandboxed: false }]);
});

test("a question without a call is named by its event", () => {
  const known = new Known();
  known.apply(at("7", { type: "apply_patch_approval_request", changes: { "/w/b": "delete", "/w/a": "delete" }, grant_root: "/w" }));
  assert.deepEqual(known.questions, [{ kind: "patch", id: "7", files: ["/w/a", "/w/b"], grantRoot: "/w" }]);
});

test("a proposal that is closed is gone, with its question", () => {
  const known = new Known();
  known.apply(at("1", { type: "proposal_updated", proposal: proposal("c", true) }));
  known.apply(at("1", { type: "apply_patch_approval_request", call_id: "c", changes: {} }));
  assert.equal(known.proposals.size, 1);
  known.apply(at("1", { type: "proposal_updated", proposal: proposal("c", false, "rejected") }));
  assert.equal(known.proposals.size, 0);
  assert.deepEqual(known.questions, []);
});

test("turns are counted, and what is said to a task belongs to it", () => {
  const known = new Known();
  assert.equal(known.say("1"), 1);
  known.apply(at("1", { type: "task_started" }));
  assert.equal(known.say("2"), 1);
  known.apply(at("1", { type: "task_complete" }));
  assert.equal(known.say("3"), 2);
  known.apply(at("3", { type: "task_started" }));
  assert.equal(known.turns, 2);
});

test("what came too late for a task begins the next one", () => {
  const known = new Known();
  known.say("1");
  known.apply(at("1", { type: "task_started" }));
  known.say("2");
  known.apply(at("1", { type: "task_complete" }));
  known.apply(at("2", { type: "task_started" }));
  assert.equal(known.turns, 2);
});

test("what was refused is no turn", () => {
  const known = new Known();
  known.say("1");
  known.refused("1");
  assert.equal(known.turns, 0);
  assert.equal(known.say("2"), 1);
  known.apply(at("2", { type: "error", message: "no model" }));
  assert.equal(known.turns, 0);
});

test("a task that nobody here began is a turn, too", () => {
  const known = new Known();
  known.apply(at("server-1", { type: "task_started" }));
  known.apply(at("server-1", { type: "task_complete" }));
  assert.equal(known.say("1"), 2);
});

test("a session that is resumed goes on counting after its last turn", () => {
  const known = new Known();
  known.say("x");
  known.apply(at("1", {
    type: "session_resumed",
    session: "s",
    model: "m",
    events: [
      { id: "a", msg: { type: "user_message", turn: 1, message: "one" } },
      { id: "b", msg: { type: "user_message", turn: 4, message: "two" } },
    ],
  }));
  assert.equal(known.sessionId, "s");
  assert.equal(known.turns, 4);
});

test("a server that ends takes with it what it knew", () => {
  const known = new Known();
  known.apply(at("", { type: "session_configured", model: "m", session_id: "s" }));
  known.apply(at("1", { type: "task_started" }));
  known.apply(at("1", { type: "proposal_updated", proposal: proposal("c", true) }));
  known.ended();
  assert.equal(known.running, false);
  assert.equal(known.proposals.size, 0);
  assert.equal(known.sessionId, "s");
});

test("an event of a newer server changes nothing", () => {
  const known = new Known();
  const unheard = { type: "unheard_of" } as unknown as SessionEvent["msg"];
  assert.equal(known.apply(at("1", unheard)).size, 0);
});

test("the files that an answer changes are those of its proposal, or of its question", () => {
  const known = new Known();
  known.apply(at("1", { type: "proposal_updated", proposal: proposal("c", true) }));
  known.apply(at("2", { type: "apply_patch_approval_request", call_id: "d", changes: { "/w/b": "delete" } }));
  assert.deepEqual(known.accepted({ type: "patch_approval", id: "c", decision: "approved" }), ["/w/a"]);
  assert.deepEqual(known.accepted({ type: "patch_approval", id: "d", decision: "approved_for_session" }), ["/w/b"]);
  assert.deepEqual(known.accepted({ type: "accept_hunk", proposal: "c", hunk: "h1" }), ["/w/a"]);
  assert.deepEqual(known.accepted({ type: "decide_hunks", accept: { c: ["h1"], gone: ["h1"] } }), ["/w/a"]);
  assert.deepEqual(known.accepted({ type: "patch_approval", id: "c", decision: "denied" }), []);
  assert.deepEqual(known.accepted({ type: "decide_hunks", reject: { c: ["h1"] } }), []);
  assert.deepEqual(known.accepted({ type: "interrupt" }), []);
});
