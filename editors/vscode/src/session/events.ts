// The one rule by which ops are requests and events are notifications, and the names of
// all events. Imports nothing of VS Code.

import type { SessionEvent } from "../chat/messages";
import type { EventMsg, Op } from "../protocol";

/** Every event that the server may send; the compiler says when one is missing. */
const EVENTS: Record<EventMsg["type"], true> = {
  agent_message: true,
  agent_message_delta: true,
  agent_reasoning_delta: true,
  apply_patch_approval_request: true,
  background_event: true,
  checkpoint_list: true,
  error: true,
  exec_approval_request: true,
  exec_command_begin: true,
  exec_command_end: true,
  exec_command_output_delta: true,
  grant_list: true,
  patch_apply_begin: true,
  patch_apply_end: true,
  plan_update: true,
  proposal_list: true,
  proposal_updated: true,
  restore_end: true,
  session_configured: true,
  session_list: true,
  session_resumed: true,
  task_complete: true,
  task_started: true,
  token_count: true,
  turn_diff: true,
  user_message: true,
};

export const EVENT_TYPES = Object.keys(EVENTS) as EventMsg["type"][];

/** `user_input` is `tiro/userInput`. */
export function method(type: string): string {
  return `tiro/${type.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}

/** The method and the params of the request that an op is. */
export function request(op: Op, id?: string): { method: string; params: Record<string, unknown> } {
  const { type, ...fields } = op;
  // The `id` of an approval is that of what it answers.
  const named = id === undefined || "id" in fields ? {} : { id };
  return { method: method(type), params: { ...fields, ...named } };
}

/** The event that the params of a notification are; none where they are something else. */
export function event(type: EventMsg["type"], params: unknown): SessionEvent | undefined {
  if (typeof params !== "object" || params === null) return undefined;
  const { id, seq: _, ...fields } = params as { id?: unknown; seq?: unknown };
  return { id: typeof id === "string" ? id : "", msg: { type, ...fields } as EventMsg };
}
