// The talk as it is shown: entries in their order, and what is known of the session.

import type { EventMsg, PlanItem, Proposal, ReviewDecision, TokenUsage } from "../../protocol";
import type { Blocks } from "./blocks";
import type { FileDiff } from "./diff";
import type { Output } from "./output";
import type { ExecRequest, PatchRequest } from "./scope";

interface Keyed {
  /** Names the entry as long as the transcript lives. */
  key: number;
}

export interface Said extends Keyed {
  kind: "said";
  turn: number;
  text: string;
  /** `data:` URIs. */
  images: readonly string[];
  localImages: readonly string[];
}

export interface Message extends Keyed {
  kind: "message";
  blocks: Blocks;
  /** Whether all of it is here. */
  complete: boolean;
}

export interface Reasoning extends Keyed {
  kind: "reasoning";
  blocks: Blocks;
  complete: boolean;
}

export interface Command extends Keyed {
  kind: "command";
  callId: string;
  command: readonly string[];
  cwd: string;
  output: Output;
  /** Milliseconds of the clock that `apply` got, where it began. */
  began?: number;
  /** Undefined while it runs. */
  ended?: { exitCode?: number; milliseconds?: number; denial?: string; how?: string };
}

/** How far a question is: waits, was answered so, or was settled without that this side knows how. */
export type Standing = { state: "waiting" } | { state: "answered"; decision: ReviewDecision } | { state: "settled" };

export interface ExecApproval extends Keyed {
  kind: "exec";
  /** Names it in an answer. */
  id: string;
  request: ExecRequest;
  standing: Standing;
}

/** A patch: asked about, being applied, applied or not. */
export interface Patch extends Keyed {
  kind: "patch";
  callId: string;
  files: readonly FileDiff[];
  /** The question, where one was asked. */
  request?: PatchRequest;
  standing: Standing;
  proposal?: Proposal;
  applied: "no" | "applying" | "yes" | "failed";
  autoApproved: boolean;
  /** What was rejected, amended, did not fit, or went wrong. */
  report?: string;
}

export interface Plan extends Keyed {
  kind: "plan";
  explanation?: string;
  items: readonly PlanItem[];
}

/** All that a task has changed. */
export interface Changed extends Keyed {
  kind: "changed";
  files: readonly FileDiff[];
}

export interface Notice extends Keyed {
  kind: "notice";
  text: string;
}

export interface Failure extends Keyed {
  kind: "error";
  text: string;
}

export type Entry = Said | Message | Reasoning | Command | ExecApproval | Patch | Plan | Changed | Notice | Failure;

export interface Transcript {
  entries: readonly Entry[];
  nextKey: number;
  running: boolean;
  /** Turns so far. */
  turns: number;
  model?: string;
  sessionId?: string;
  tokens?: TokenUsage;
  /** Where the entries of calls are: by `call_id`, the last one. */
  commands: ReadonlyMap<string, number>;
  patches: ReadonlyMap<string, number>;
  /** Proposals by id, which come before the question about them. */
  proposals: ReadonlyMap<string, Proposal>;
  /** What the present task has changed so far; shown when it ends. */
  diff?: string;
  /** Whether pieces of the present answer came, so that the whole says nothing new. */
  streamed?: boolean;
  /** Where the present task's plan is. */
  plan?: number;
}

export const emptyTranscript: Transcript = {
  entries: [],
  nextKey: 1,
  running: false,
  turns: 0,
  commands: new Map(),
  patches: new Map(),
  proposals: new Map(),
};

export type Msg<Type extends EventMsg["type"]> = Extract<EventMsg, { type: Type }>;

/** What waits for an answer, in the order in which it was asked. */
export function waiting(transcript: Transcript): (ExecApproval | Patch)[] {
  return transcript.entries.filter(
    (entry): entry is ExecApproval | Patch => (entry.kind === "exec" || entry.kind === "patch") && entry.standing.state === "waiting",
  );
}
