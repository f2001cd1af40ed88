// What the chat view and the extension say to one another. The view is a function of the
// events of the session; it calls no model, reads no file, and holds no agent logic.

import type { EventMsg, InputItem, Op, ReviewDecision } from "../protocol";

/**
 * One event of the session, as it came from the server, or what the extension adds where
 * the server says nothing. What the person says is a `user_message` too: the extension
 * puts it among the events when it sends it, with the turn that it will be.
 */
export interface SessionEvent {
  id: string;
  msg: EventMsg | LocalMsg;
}

/** What the extension adds to the events of the server. */
export type LocalMsg =
  /** An approval was answered, here, in a notification or elsewhere; `id` is its `call_id`, or else its event's. */
  { type: "approval_answered"; id: string; decision: ReviewDecision };

/** What the view shows apart from the talk. */
export interface SessionState {
  /** Names the workspace folder; its path. Undefined where there is none. */
  root?: string;
  rootName?: string;
  /** `untrusted` and `noFolder`: nothing can be asked; `problem` says what to do. */
  server: "starting" | "ready" | "ended" | "missing" | "untrusted" | "noFolder";
  problem?: string;
  model?: string;
  running: boolean;
}

/** A name to complete in the prompt. */
export interface Completion {
  /** What is shown. */
  label: string;
  /** What stands in the prompt when it is chosen, with the `@` or the `/`. */
  insert: string;
  /** Said beside it: the folder of a file, the kind of a symbol. */
  detail?: string;
}

/** From the extension to the view. */
export type ToView =
  /** What happened, in order; many at once while an answer streams, some hundreds at most. */
  | { type: "events"; events: SessionEvent[] }
  /** All that happened before the view was there, or after another session was resumed: forget the rest. */
  | { type: "reset"; events: SessionEvent[] }
  | { type: "state"; state: SessionState }
  /** Put into the prompt where the cursor is; `focus` goes there. */
  | { type: "insert"; text: string; focus: boolean }
  | { type: "focus" }
  /** The answer to `complete`. */
  | { type: "completions"; request: number; items: Completion[] }
  /** A request that the view made by `op` failed. */
  | { type: "failed"; request: number; message: string };

/** From the view to the extension. */
export type FromView =
  /** The view can take messages; answered by `state` and `reset`. */
  | { type: "ready" }
  /** An op for the server; what comes of it are events, or `failed`. */
  | { type: "op"; request: number; op: Op }
  /** What the person says. The extension resolves `@` mentions that are no files. */
  | { type: "say"; request: number; items: InputItem[] }
  /** Says something anew in the place of what was said in this turn (1-based). */
  | { type: "resend"; request: number; turn: number; items: InputItem[] }
  /** The text before the cursor from its `@` or `/` on. */
  | { type: "complete"; request: number; text: string }
  | { type: "copy"; text: string }
  /** Puts code where the cursor is in the editor. */
  | { type: "insertCode"; text: string }
  /** Shows what that would change, in the native diff editor. */
  | { type: "compareCode"; text: string }
  /** Opens a file, at a 1-based line. */
  | { type: "open"; path: string; line?: number }
  /** Opens a proposal's file, or the diff of a patch, in the native diff editor. */
  | { type: "openDiff"; callId: string; path: string }
  /** A web address that the person clicked; VS Code asks before it opens it. */
  | { type: "openLink"; href: string }
  /** A command of the extension without arguments, such as `tiro.sessions`. */
  | { type: "command"; command: "tiro.sessions" | "tiro.newSession" | "tiro.stop" | "tiro.turnDiff" | "tiro.model" | "tiro.grants" | "tiro.restore" | "tiro.doctor" | "tiro.log" | "tiro.restart" | "tiro.setApiKey"
      | "tiro.openSettings" | "workbench.action.files.openFolder" | "workbench.trust.manage" };
