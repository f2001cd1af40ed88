// Waiting for what the server says later: for the event that answers a submission, and for it to
// have a model. Imports nothing of VS Code.

import type { LocalMsg } from "../chat/messages";
import type { EventMsg } from "../protocol";

interface Waiting {
  type: EventMsg["type"];
  resolve: (msg: EventMsg) => void;
  reject: (error: Error) => void;
}

export class Answers {
  readonly #waiting = new Map<string, Waiting>();

  /** Sends a submission and waits for the event that answers it; fails with its error. */
  async wait<T extends EventMsg["type"]>(id: string, type: T, send: () => Promise<unknown>): Promise<Extract<EventMsg, { type: T }>> {
    const answer = new Promise<EventMsg>((resolve, reject) => {
      this.#waiting.set(id, { type, resolve, reject });
    });
    // It may fail before anybody looks.
    answer.catch(() => undefined);
    try {
      await send();
      return (await answer) as Extract<EventMsg, { type: T }>;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Takes an event; tells what it was for whoever waits. */
  settle(id: string, msg: EventMsg | LocalMsg): "answered" | "failed" | undefined {
    const waiting = this.#waiting.get(id);
    if (!waiting || msg.type === "approval_answered") return undefined;
    if (waiting.type === msg.type) {
      waiting.resolve(msg);
      return "answered";
    }
    if (msg.type !== "error") return undefined;
    waiting.reject(new Error(msg.message));
    return "failed";
  }

  /** No answer comes any more. */
  fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Something that is waited for, and happens once. */
export function gate(): { promise: Promise<void>; done: () => void } {
  let done: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    done = resolve;
  });
  return { promise, done };
}
