// Messages in and out: what waits for the next frame, what failed, what is being answered.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { EventMsg } from "../../../protocol";
import type { Completion, FromView, SessionEvent, SessionState } from "../../messages";
import { Store, type Draft, type ViewState } from "../store";
import { waiting } from "../transcript";

const ready: SessionState = { server: "ready", running: false };
const of = (...msgs: EventMsg[]): SessionEvent[] => msgs.map((msg) => ({ id: "1", msg }));
const asks = (call_id: string): EventMsg => ({ type: "exec_approval_request", call_id, command: ["ls"], cwd: "/" });
const delta = (text: string): EventMsg => ({ type: "agent_message_delta", delta: text });

/** A store with a clock that the test moves, and all that went out of it. */
function setup() {
  const sent: FromView[] = [];
  const drawn: ViewState[] = [];
  const restored: Draft[] = [];
  const found: (readonly Completion[])[] = [];
  let frames: (() => void)[] = [];
  const rested: boolean[] = [];
  let time = 0;
  const store = new Store(
    { post: (message) => sent.push(message), kept: () => ({ draft: "" }), keep: () => undefined },
    (state) => drawn.push(state),
    {
      // Each look at the clock takes a millisecond.
      now: () => time++,
      frame: (callback, rests) => {
        frames.push(callback);
        rested.push(rests);
      },
    },
  );
  store.prompt = {
    insert: () => undefined,
    focus: () => undefined,
    restore: (draft) => restored.push(draft),
    completions: (_request, items) => found.push(items),
  };
  /** Draws frames until nothing waits; how many there were. */
  const run = (): number => {
    let count = 0;
    while (frames.length > 0) {
      const due = frames;
      frames = [];
      for (const callback of due) callback();
      count++;
    }
    return count;
  };
  return { store, sent, drawn, restored, found, rested, run };
}

test("however many messages come, a frame draws once", () => {
  const { store, drawn, run } = setup();
  for (let piece = 0; piece < 100; piece++) store.take({ type: "events", events: of(delta("x")) });
  assert.equal(drawn.length, 0, "nothing is drawn outside of a frame");
  assert.equal(run(), 1);
  assert.equal(drawn.length, 1);
});

test("a flood is taken in over several frames, and none of it is lost", () => {
  const { store, drawn, run } = setup();
  store.take({ type: "events", events: of(...Array.from({ length: 20_000 }, () => delta("x\n"))) });
  assert.ok(run() > 5);
  const [entry] = drawn.at(-1)?.transcript.entries ?? [];
  const blocks = entry?.kind === "message" ? entry.blocks : undefined;
  const text = [...(blocks?.full.flat() ?? []), ...(blocks?.recent ?? [])].map((block) => (block.kind === "text" ? block.source : "")).join("") + (blocks?.open ?? "");
  assert.equal(text, "x\n".repeat(20_000));
});

test("the page rests after a frame that took in all there was, and not while more waits", () => {
  const { store, rested, run } = setup();
  store.take({ type: "events", events: of(...Array.from({ length: 2_000 }, () => delta("x\n"))) });
  run();
  assert.ok(rested.length > 1);
  assert.ok(!rested.includes(true));
  store.take({ type: "events", events: of(delta("and on")) });
  assert.equal(rested.at(-1), true);
  run();
  store.set({ problem: "nothing came" });
  run();
  store.set({ problem: undefined });
  assert.equal(rested.at(-1), false);
});

test("a reset forgets what was there, and what still waited", () => {
  const { store, run } = setup();
  store.take({ type: "events", events: of(delta("gone")) });
  store.take({ type: "reset", events: of({ type: "user_message", turn: 1, message: "there" }) });
  store.take({ type: "events", events: of({ type: "background_event", message: "after" }) });
  run();
  assert.deepEqual(store.state.transcript.entries.map((entry) => entry.kind), ["said", "notice"]);
  assert.equal(store.state.announcement, "", "what happened before is not announced");
});

test("what was said comes back when it fails, also after it was shown", () => {
  const { store, sent, restored, run } = setup();
  store.say({ text: "hi", images: ["data:image/png;base64,AA=="] });
  const [said] = sent;
  assert.ok(said?.type === "say");
  assert.deepEqual(said.items, [{ type: "text", text: "hi" }, { type: "image", image_url: "data:image/png;base64,AA==" }]);
  store.take({ type: "events", events: of({ type: "user_message", turn: 1, message: "hi" }) });
  run();
  store.take({ type: "failed", request: said.request, message: "no server" });
  assert.deepEqual(restored, [{ text: "hi", images: ["data:image/png;base64,AA=="] }]);
  assert.equal(store.state.problem, "no server");
  store.take({ type: "failed", request: said.request, message: "no server" });
  assert.equal(restored.length, 1);
});

test("a question is answered once", () => {
  const { store, sent, run } = setup();
  store.take({ type: "events", events: of(asks("1")) });
  run();
  const [question] = waiting(store.state.transcript);
  assert.ok(question);
  store.answer(question, "approved");
  store.answer(question, "denied");
  assert.equal(sent.length, 1);
  assert.equal(store.state.answering.get(question.key), "approved");
  store.take({ type: "events", events: [{ id: "", msg: { type: "approval_answered", id: "1", decision: "approved" } }] });
  run();
  assert.equal(store.state.answering.size, 0);
  const [answered] = store.state.transcript.entries;
  assert.ok(answered?.kind === "exec");
  store.answer(answered, "denied");
  assert.equal(sent.length, 1, "and not after it was settled");
});

test("the state of the server comes after the events that came before it", () => {
  const { store, run } = setup();
  store.take({ type: "state", state: ready });
  store.take({ type: "events", events: of({ type: "exec_command_begin", call_id: "1", command: ["ls"], cwd: "/" }) });
  store.take({ type: "state", state: { ...ready, server: "ended" } });
  run();
  const [entry] = store.state.transcript.entries;
  assert.equal(entry?.kind === "command" && entry.ended?.how, "the server ended");
});

test("a message of a later version is no trouble", () => {
  const { store, run } = setup();
  store.take(JSON.parse('{"type":"of_tomorrow"}') as Parameters<Store["take"]>[0]);
  assert.equal(run(), 1);
});

test("nothing in the view makes HTML of a text, or a program", () => {
  const directory = join("src", "chat", "view");
  const sources = readdirSync(directory).filter((name) => /\.tsx?$/.test(name));
  assert.ok(sources.length > 15);
  for (const name of sources) {
    const source = readFileSync(join(directory, name), "utf8");
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySet|document\.write|\beval\(|new Function|createContextualFragment|DOMParser/, name);
  }
});
