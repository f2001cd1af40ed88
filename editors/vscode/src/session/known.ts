// What is known of a session from its events: whether a task runs, what waits for the
// person, what is proposed. Imports nothing of VS Code and shows nothing.

import type { SessionEvent } from "../chat/messages";
import type { Grant, Op, Proposal, SandboxPermission, TokenUsage } from "../protocol";

/** Something that a person has to decide. */
export type Question =
  | {
      kind: "exec";
      /** What an answer names. */
      id: string;
      command: string[];
      cwd: string;
      reason?: string;
      permissions: SandboxPermission[];
      unsandboxed: boolean;
    }
  | { kind: "patch"; id: string; files: string[]; reason?: string; grantRoot?: string };

export type Change = "state" | "questions" | "proposals" | "grants" | "tokens";

export class Known {
  running = false;
  model: string | undefined;
  provider: string | undefined;
  /** Under which the session can be resumed. */
  sessionId: string | undefined;
  /** Oldest first. */
  questions: Question[] = [];
  /** Those that are open, by id. */
  readonly proposals = new Map<string, Proposal>();
  grants: Grant[] = [];
  tokens: TokenUsage | undefined;
  /** What the last task has changed. */
  diff = "";
  /** Tasks that a person began, with the one that is about to begin. */
  turns = 0;
  /** What was said and has begun no task yet, and whether it is to begin one. */
  readonly #said = new Map<string, "begins" | "steers">();

  /** The turn that what is said now belongs to. */
  say(id: string): number {
    const begins = !this.running && ![...this.#said.values()].includes("begins");
    if (begins) this.turns += 1;
    this.#said.set(id, begins ? "begins" : "steers");
    return Math.max(this.turns, 1);
  }

  /** What was said was refused, and begins nothing. */
  refused(id: string): void {
    if (this.#said.get(id) === "begins") this.turns -= 1;
    this.#said.delete(id);
  }

  /** The files that are changed when the server takes this op. */
  accepted(op: Op): string[] {
    const ids =
      op.type === "patch_approval" && (op.decision === "approved" || op.decision === "approved_for_session")
        ? [op.id]
        : op.type === "accept_hunk"
          ? [op.proposal]
          : op.type === "decide_hunks"
            ? Object.keys(op.accept ?? {})
            : [];
    return ids.flatMap((id) => {
      const proposed = this.proposals.get(id)?.files.flatMap(({ path, move_path }) => (move_path == null ? [path] : [path, move_path]));
      return proposed ?? this.questions.flatMap((question) => (question.kind === "patch" && question.id === id ? question.files : []));
    });
  }

  /** The server is gone, and with it what it knew; what was said stays. */
  ended(): ReadonlySet<Change> {
    this.running = false;
    this.questions = [];
    this.proposals.clear();
    this.grants = [];
    this.#said.clear();
    return new Set(["state", "questions", "proposals", "grants"]);
  }

  /** An answer was given, and taken by the server. */
  answered(id: string): boolean {
    const before = this.questions.length;
    this.questions = this.questions.filter((question) => question.id !== id);
    return this.questions.length !== before;
  }

  /** Takes note of what happened; tells what is no longer the same. */
  apply({ id, msg }: SessionEvent): ReadonlySet<Change> {
    const changes = new Set<Change>();
    const settle = (question: string): void => {
      if (this.answered(question)) changes.add("questions").add("state");
    };
    switch (msg.type) {
      case "session_configured":
        this.model = msg.model;
        this.provider = msg.provider ?? undefined;
        this.sessionId = msg.session_id ?? undefined;
        changes.add("state");
        break;
      case "task_started":
        this.running = true;
        // It may have come too late for the task before, or be no words of the person.
        if (this.#said.get(id) !== "begins") this.turns += 1;
        this.#said.delete(id);
        this.diff = "";
        changes.add("state");
        break;
      case "task_complete":
        this.running = false;
        changes.add("state");
        if (this.questions.length > 0) changes.add("questions");
        this.questions = [];
        break;
      case "error":
        if (!this.running) this.refused(id);
        break;
      case "exec_approval_request":
        this.questions.push({
          kind: "exec",
          id: msg.call_id ?? id,
          command: msg.command,
          cwd: msg.cwd,
          permissions: msg.permissions ?? [],
          unsandboxed: msg.unsandboxed ?? false,
          ...(msg.reason == null ? {} : { reason: msg.reason }),
        });
        changes.add("questions").add("state");
        break;
      case "apply_patch_approval_request":
        this.questions.push({
          kind: "patch",
          id: msg.call_id ?? id,
          files: Object.keys(msg.changes).sort(),
          ...(msg.reason == null ? {} : { reason: msg.reason }),
          ...(msg.grant_root == null ? {} : { grantRoot: msg.grant_root }),
        });
        changes.add("questions").add("state");
        break;
      case "exec_command_begin":
      case "patch_apply_begin":
      case "patch_apply_end":
        settle(msg.call_id);
        break;
      case "proposal_updated":
        if (msg.proposal.open) {
          this.proposals.set(msg.proposal.id, msg.proposal);
        } else {
          this.proposals.delete(msg.proposal.id);
          settle(msg.proposal.id);
        }
        changes.add("proposals").add("state");
        break;
      case "proposal_list":
        this.listed(msg.proposals);
        changes.add("proposals").add("state");
        break;
      case "grant_list":
        this.grants = msg.grants;
        changes.add("grants");
        break;
      case "token_count": {
        const { type: _, ...tokens } = msg;
        this.tokens = tokens;
        changes.add("tokens");
        break;
      }
      case "turn_diff":
        this.diff = msg.unified_diff;
        break;
      case "session_resumed":
        this.sessionId = msg.session;
        this.turns = msg.events.reduce(
          (last, event) => (event.msg.type === "user_message" ? Math.max(last, event.msg.turn) : last),
          0,
        );
        changes.add("state");
        break;
      case "agent_message":
      case "agent_message_delta":
      case "agent_reasoning_delta":
      case "approval_answered":
      case "background_event":
      case "checkpoint_list":
      case "exec_command_end":
      case "exec_command_output_delta":
      case "plan_update":
      case "restore_end":
      case "session_list":
      case "user_message":
        break;
      default:
        // A newer server may say more than this is made for.
        break;
    }
    return changes;
  }

  /** Which proposals there are, as the server was asked. */
  listed(proposals: Proposal[]): void {
    this.proposals.clear();
    for (const proposal of proposals) {
      if (proposal.open) this.proposals.set(proposal.id, proposal);
    }
  }
}
