import assert from "node:assert/strict";
import { test } from "node:test";
import { event, EVENT_TYPES, method, request } from "../src/session/events";

test("the method of an op is its name in camelCase", () => {
  assert.equal(method("user_input"), "tiro/userInput");
  assert.equal(method("exec_command_output_delta"), "tiro/execCommandOutputDelta");
  assert.equal(method("restore"), "tiro/restore");
});

test("the params of a request are the fields of the op and the id of the submission", () => {
  assert.deepEqual(request({ type: "resume_session", session: "s", turns: 2 }, "7"), {
    method: "tiro/resumeSession",
    params: { session: "s", turns: 2, id: "7" },
  });
  assert.deepEqual(request({ type: "interrupt" }), { method: "tiro/interrupt", params: {} });
});

test("the id of an approval stays that of what it answers", () => {
  assert.deepEqual(request({ type: "exec_approval", id: "c1", decision: "denied" }, "7").params, { id: "c1", decision: "denied" });
});

test("a notification becomes an event, without its number", () => {
  assert.deepEqual(event("agent_message_delta", { id: "1", seq: 4, delta: "x" }), { id: "1", msg: { type: "agent_message_delta", delta: "x" } });
  assert.equal(event("task_started", null), undefined);
  assert.deepEqual(event("task_started", { seq: 1 }), { id: "", msg: { type: "task_started" } });
});

test("every event of the protocol is listened for once", () => {
  assert.equal(new Set(EVENT_TYPES).size, EVENT_TYPES.length);
  assert.ok(EVENT_TYPES.includes("proposal_updated"));
});
