// What happened in a session, kept so that a chat view that comes later shows it all. It
// holds what the view would show, not every piece that it came in. Imports nothing of VS Code.

import type { SessionEvent } from "../chat/messages";

/** Characters of the running output of one command that are kept; its end has what the server keeps. */
const OUTPUT = 512 * 1024;

/** Puts the pieces of one stream together; none where they are not of one. */
export function joined(first: SessionEvent, second: SessionEvent): SessionEvent | undefined {
  if (first.id !== second.id) return undefined;
  const [a, b] = [first.msg, second.msg];
  if (a.type === "agent_message_delta" && b.type === "agent_message_delta") {
    return { id: first.id, msg: { ...a, delta: a.delta + b.delta } };
  }
  if (a.type === "agent_reasoning_delta" && b.type === "agent_reasoning_delta") {
    return { id: first.id, msg: { ...a, delta: a.delta + b.delta } };
  }
  if (
    a.type === "exec_command_output_delta" &&
    b.type === "exec_command_output_delta" &&
    a.call_id === b.call_id &&
    a.stream === b.stream
  ) {
    return { id: first.id, msg: { ...a, chunk: a.chunk + b.chunk } };
  }
  return undefined;
}

/** Answers to questions that a view asked, and what only counts at its time. */
const NOT_KEPT = new Set(["checkpoint_list", "grant_list", "proposal_list", "session_list", "session_resumed"]);

export class EventLog {
  #events: SessionEvent[] = [];

  /** All of it, in order. */
  get events(): readonly SessionEvent[] {
    return this.#events;
  }

  /** Another talk takes the place of this one. */
  replace(events: SessionEvent[]): void {
    this.#events = [];
    for (const event of events) this.append(event);
  }

  append(event: SessionEvent): void {
    const { msg } = event;
    if (NOT_KEPT.has(msg.type)) return;
    switch (msg.type) {
      case "agent_message":
        this.#dropLast((old) => old.id === event.id && old.msg.type === "agent_message_delta");
        break;
      case "exec_command_end":
        this.#dropLast((old) => old.msg.type === "exec_command_output_delta" && old.msg.call_id === msg.call_id);
        break;
      case "proposal_updated":
        this.#dropLast((old) => old.msg.type === "proposal_updated" && old.msg.proposal.id === msg.proposal.id);
        break;
      case "token_count":
        this.#dropLast((old) => old.msg.type === "token_count");
        break;
      case "turn_diff":
        this.#dropLast((old) => old.msg.type === "turn_diff" && old.id === event.id);
        break;
      default: {
        const last = this.#events.at(-1);
        const whole = last && joined(last, event);
        if (whole) {
          this.#events[this.#events.length - 1] = shortened(whole);
          return;
        }
      }
    }
    this.#events.push(event);
  }

  /** Takes out what this is the whole of, or the newer of: it stands after the last thing that a person said. */
  #dropLast(isOld: (event: SessionEvent) => boolean): void {
    let first = this.#events.length;
    while (first > 0 && this.#events[first - 1]?.msg.type !== "user_message") first -= 1;
    this.#events = [...this.#events.slice(0, first), ...this.#events.slice(first).filter((event) => !isOld(event))];
  }
}

function shortened(event: SessionEvent): SessionEvent {
  const { msg } = event;
  if (msg.type !== "exec_command_output_delta" || msg.chunk.length <= OUTPUT) return event;
  return { id: event.id, msg: { ...msg, chunk: msg.chunk.slice(-OUTPUT / 2) } };
}
