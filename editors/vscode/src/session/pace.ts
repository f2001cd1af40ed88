// Hands events over in batches, as often as a screen is drawn: an answer comes in thousands of
// pieces, and each message to a webview costs. Imports nothing of VS Code.

import type { SessionEvent } from "../chat/messages";
import { joined } from "./log";

/** Milliseconds between two batches. */
export const FRAME = 16;

/** Events of one batch. */
const MOST = 400;

/** Characters of a piece that goes on growing while it waits. */
const PIECE = 64 * 1024;

export class Pace {
  #waiting: SessionEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly hand: (events: SessionEvent[]) => void) {}

  add(event: SessionEvent): void {
    const last = this.#waiting.at(-1);
    const whole = last && size(last) < PIECE ? joined(last, event) : undefined;
    if (whole) {
      this.#waiting[this.#waiting.length - 1] = whole;
    } else {
      this.#waiting.push(event);
    }
    this.#timer ??= setTimeout(() => {
      this.#flushSome();
    }, FRAME);
  }

  /** Forgets what waits: all of it is told in another way. */
  clear(): void {
    this.#waiting = [];
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flushSome(): void {
    this.#timer = undefined;
    const batch = this.#waiting.splice(0, MOST);
    if (this.#waiting.length > 0) {
      this.#timer = setTimeout(() => {
        this.#flushSome();
      }, FRAME);
    }
    if (batch.length > 0) this.hand(batch);
  }
}

function size({ msg }: SessionEvent): number {
  return "delta" in msg ? msg.delta.length : "chunk" in msg ? msg.chunk.length : 0;
}
