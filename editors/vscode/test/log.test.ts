import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionEvent } from "../src/chat/messages";
import { EventLog, joined } from "../src/session/log";

const at = (id: string, msg: SessionEvent["msg"]): SessionEvent => ({ id, msg });
const delta = (text: string, id = "1"): SessionEvent => at(id, { type: "agent_message_delta", delta: text });
const output = (chunk: string, call_id = "c"): SessionEvent => at("1", { type: "exec_command_output_delta", call_id, stream: "stdout", chunk });

function log(...events: SessionEvent[]): readonly SessionEvent[] {
  const kept = new EventLog();
  for (const event of events) kept.append(event);
  return kept.events;
}

test("pieces of one answer are one entry", () => {
  assert.deepEqual(log(delta("a"), delta("b"), delta("c", "2")), [delta("ab"), delta("c", "2")]);
});

test("pieces of two commands, or of two streams, stay apart", () => {
  const err = at("1", { type: "exec_command_output_delta", call_id: "c", stream: "stderr", chunk: "x" });
  assert.equal(joined(output("a"), output("b", "d")), undefined);
  assert.equal(joined(output("a"), err), undefined);
  assert.deepEqual(joined(output("a"), output("b")), output("ab"));
});

test("the whole of an answer takes the place of its pieces", () => {
  const whole = at("1", { type: "agent_message", message: "ab" });
  const reasoning = at("1", { type: "agent_reasoning_delta", delta: "hm" });
  assert.deepEqual(log(delta("a"), reasoning, delta("b"), whole), [reasoning, whole]);
});

test("an earlier answer of the same task stays", () => {
  const whole = (message: string): SessionEvent => at("1", { type: "agent_message", message });
  assert.deepEqual(log(delta("a"), whole("a"), delta("b"), whole("b")), [whole("a"), whole("b")]);
});

test("the end of a command takes the place of its output", () => {
  const end = at("1", { type: "exec_command_end", call_id: "c", stdout: "ab", stderr: "", exit_code: 0 });
  assert.deepEqual(log(output("a"), output("z", "other"), output("b"), end), [output("z", "other"), end]);
});

test("of tokens, diffs and a proposal the newest is kept", () => {
  const tokens = (total_tokens: number): SessionEvent =>
    at("1", { type: "token_count", input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_output_tokens: 0, total_tokens });
  const diff = (id: string, unified_diff: string): SessionEvent => at(id, { type: "turn_diff", unified_diff });
  assert.deepEqual(log(tokens(1), diff("1", "a"), tokens(2), diff("1", "b"), diff("2", "c")), [tokens(2), diff("1", "b"), diff("2", "c")]);
});

test("answers to a view are not kept", () => {
  assert.deepEqual(log(at("1", { type: "session_list", sessions: [] }), at("1", { type: "grant_list", grants: [] })), []);
});

test("endless output is cut at its beginning", () => {
  const [event] = log(output("a".repeat(400_000)), output("b".repeat(400_000)));
  assert.ok(event?.msg.type === "exec_command_output_delta");
  assert.ok(event.msg.chunk.length <= 512 * 1024);
  assert.ok(event.msg.chunk.endsWith("b".repeat(1000)));
});

test("what was posted to a view is not changed later", () => {
  const first = delta("a");
  log(first, delta("b"));
  assert.deepEqual(first, delta("a"));
});

test("20 000 pieces of one answer are one entry, with all of them", () => {
  const kept = new EventLog();
  for (let index = 0; index < 20_000; index += 1) kept.append(delta("word "));
  assert.deepEqual(kept.events, [delta("word ".repeat(20_000))]);
});
