import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { SessionEvent } from "../src/chat/messages";
import { FRAME, Pace } from "../src/session/pace";

const delta = (text: string): SessionEvent => ({ id: "1", msg: { type: "agent_message_delta", delta: text } });
const notice = (message: string): SessionEvent => ({ id: "1", msg: { type: "background_event", message } });

function paced(use: (pace: Pace, handed: SessionEvent[][], tick: () => void) => void): void {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const handed: SessionEvent[][] = [];
    use(new Pace((events) => handed.push(events)), handed, () => {
      mock.timers.tick(FRAME);
    });
  } finally {
    mock.timers.reset();
  }
}

test("what comes within a frame is one message, and pieces are put together", () => {
  paced((pace, handed, tick) => {
    for (let index = 0; index < 1000; index += 1) pace.add(delta("x"));
    pace.add(notice("done"));
    assert.equal(handed.length, 0);
    tick();
    assert.deepEqual(handed, [[delta("x".repeat(1000)), notice("done")]]);
    tick();
    assert.equal(handed.length, 1);
  });
});

test("very many events come over several frames, in order", () => {
  paced((pace, handed, tick) => {
    for (let index = 0; index < 1000; index += 1) pace.add(notice(String(index)));
    tick();
    assert.equal(handed.flat().length, 400);
    tick();
    tick();
    assert.deepEqual(handed.flat(), Array.from({ length: 1000 }, (_, index) => notice(String(index))));
  });
});

test("what waits is forgotten when all is told anew", () => {
  paced((pace, handed, tick) => {
    pace.add(notice("old"));
    pace.clear();
    pace.add(notice("new"));
    tick();
    assert.deepEqual(handed, [[notice("new")]]);
  });
});
