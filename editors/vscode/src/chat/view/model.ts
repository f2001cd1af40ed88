// What the events of a session mean in its chat: `(Transcript, events) → Transcript`.
// Pure: no clock but the time it is given, no DOM.

import type { Event, Proposal } from "../../protocol";
import type { LocalMsg, SessionEvent } from "../messages";
import { blocksOf, close, grow, noBlocks } from "./blocks";
import { ofChanges, ofGit } from "./diff";
import { noOutput, outputOf, shrunk, write } from "./output";
import type { Command, Entry, Msg, Patch, Standing, Transcript } from "./transcript";
import { emptyTranscript } from "./transcript";

/** Characters of all outputs that are kept; of the oldest ones a little is left beyond it. */
const OUTPUT_BUDGET = 8_000_000;

type NewEntry = Entry extends infer Each ? (Each extends Entry ? Omit<Each, "key"> : never) : never;

/** A transcript that is being changed; what was handed out before stays as it is. */
class Draft {
  private readonly entries: Entry[];
  private readonly commands: Map<string, number>;
  private readonly patches: Map<string, number>;
  private rest: Omit<Transcript, "entries" | "commands" | "patches">;

  constructor(
    from: Transcript,
    private readonly now: number | undefined,
  ) {
    this.entries = [...from.entries];
    this.commands = new Map(from.commands);
    this.patches = new Map(from.patches);
    this.rest = from;
  }

  done(): Transcript {
    return { ...this.rest, entries: this.entries, commands: this.commands, patches: this.patches };
  }

  event(event: SessionEvent): void {
    const msg = event.msg;
    switch (msg.type) {
      case "session_configured":
        this.set({ model: msg.model, ...(msg.session_id ? { sessionId: msg.session_id } : {}) });
        return;
      case "session_resumed":
        this.resume(msg);
        return;
      case "task_started":
        this.set({ running: true });
        this.forgetTask();
        return;
      case "task_complete":
        this.endTask("ended with the task");
        return;
      case "user_message":
        this.settle();
        // What is said while a task runs belongs to its turn.
        if (msg.turn !== this.rest.turns) this.forgetTask();
        this.set({ turns: msg.turn });
        this.add({ kind: "said", turn: msg.turn, text: msg.message, images: msg.images ?? [], localImages: msg.local_images ?? [] });
        return;
      case "agent_message_delta":
        this.delta("message", msg.delta);
        return;
      case "agent_message":
        this.message(msg.message);
        return;
      case "agent_reasoning_delta":
        this.delta("reasoning", msg.delta);
        return;
      case "exec_command_begin":
        this.begin(msg);
        return;
      case "exec_command_output_delta":
        this.change(this.commands.get(msg.call_id), (entry) =>
          entry.kind === "command" && !entry.ended ? { ...entry, output: write(entry.output, msg.chunk) } : entry,
        );
        return;
      case "exec_command_end":
        this.end(msg);
        return;
      case "exec_approval_request":
        this.settle();
        this.add({ kind: "exec", id: msg.call_id ?? event.id, request: msg, standing: { state: "waiting" } });
        return;
      case "apply_patch_approval_request":
        this.askPatch(msg, msg.call_id ?? event.id);
        return;
      case "approval_answered":
        this.answered(msg);
        return;
      case "patch_apply_begin":
        this.applyPatch(msg);
        return;
      case "patch_apply_end":
        this.patch(msg.call_id, (patch) => {
          const report = (msg.success ? msg.stdout : msg.stderr || msg.stdout).trim();
          return { ...settled(patch), applied: msg.success ? "yes" : "failed", ...(report ? { report } : {}) };
        });
        return;
      case "proposal_updated":
        this.propose(msg.proposal);
        return;
      case "proposal_list":
        for (const proposal of msg.proposals) this.propose(proposal);
        return;
      case "plan_update":
        this.plan(msg);
        return;
      case "turn_diff":
        this.set({ diff: msg.unified_diff });
        return;
      case "token_count":
        this.set({ tokens: msg });
        return;
      case "background_event":
        this.settle();
        this.add({ kind: "notice", text: msg.message });
        return;
      case "error":
        this.settle();
        this.add({ kind: "error", text: msg.message });
        return;
      case "restore_end":
        this.settle();
        this.add(restored(msg));
        return;
      // Lists that the extension shows itself.
      case "grant_list":
      case "checkpoint_list":
      case "session_list":
        return;
    }
  }

  /** A task, or the server, is gone with all that it did. */
  endTask(how: string): void {
    this.settle();
    this.forgetTask();
    this.set({ running: false });
    for (const [index, entry] of this.entries.entries()) {
      if (entry.kind === "command" && !entry.ended) this.entries[index] = { ...entry, ended: { how, ...this.since(entry) } };
      else if (entry.kind === "exec" || entry.kind === "patch") this.entries[index] = settled(entry);
    }
    this.shrink();
  }

  private set(values: Partial<Omit<Transcript, "entries" | "commands" | "patches">>): void {
    this.rest = { ...this.rest, ...values };
  }

  /** A new task begins: its plan and its changes are its own. */
  private forgetTask(): void {
    const { diff, ...rest } = this.rest;
    delete rest.plan;
    delete rest.streamed;
    this.rest = rest;
    const files = diff === undefined ? [] : ofGit(diff);
    if (files.length > 0) this.add({ kind: "changed", files });
  }

  private add(entry: NewEntry): number {
    this.entries.push({ ...entry, key: this.rest.nextKey });
    this.set({ nextKey: this.rest.nextKey + 1 });
    return this.entries.length - 1;
  }

  private change(index: number | undefined, how: (entry: Entry) => Entry): void {
    const entry = index === undefined ? undefined : this.entries[index];
    if (index !== undefined && entry) this.entries[index] = how(entry);
  }

  private patch(callId: string, how: (patch: Patch) => Patch): void {
    this.change(this.patches.get(callId), (entry) => (entry.kind === "patch" ? how(entry) : entry));
  }

  /** What streams in is complete, as something else comes. */
  private settle(): void {
    const index = this.entries.length - 1;
    const last = this.entries[index];
    if ((last?.kind === "message" || last?.kind === "reasoning") && !last.complete) {
      this.entries[index] = { ...last, blocks: close(last.blocks), complete: true };
    }
  }

  private delta(kind: "message" | "reasoning", delta: string): void {
    if (kind === "message") this.set({ streamed: true });
    const last = this.entries.at(-1);
    if (last?.kind === kind && !last.complete) {
      this.entries[this.entries.length - 1] = { ...last, blocks: grow(last.blocks, delta) };
      return;
    }
    this.settle();
    this.add({ kind, blocks: grow(noBlocks, delta), complete: false });
  }

  private message(text: string): void {
    this.settle();
    const isKnown = this.rest.streamed === true;
    this.set({ streamed: false });
    if (!isKnown && text.trim() !== "") this.add({ kind: "message", blocks: blocksOf(text), complete: true });
  }

  private begin(msg: Msg<"exec_command_begin">): void {
    this.settle();
    this.settleQuestions(msg.call_id);
    const began = this.now === undefined ? {} : { began: this.now };
    this.commands.set(
      msg.call_id,
      this.add({ kind: "command", callId: msg.call_id, command: msg.command, cwd: msg.cwd, output: noOutput, ...began }),
    );
  }

  private end(msg: Msg<"exec_command_end">): void {
    this.change(this.commands.get(msg.call_id), (entry) => {
      if (entry.kind !== "command") return entry;
      // A session that is shown again has no pieces.
      const output = entry.output.lines === 0 && entry.output.open === "" ? outputOf(msg.stdout, msg.stderr) : entry.output;
      const denial = msg.denial ? { denial: msg.denial } : {};
      return { ...entry, output, ended: { exitCode: msg.exit_code, ...this.since(entry), ...denial } };
    });
    this.shrink();
  }

  private since(command: Command): { milliseconds?: number } {
    return command.began === undefined || this.now === undefined ? {} : { milliseconds: this.now - command.began };
  }

  private shrink(): void {
    let left = OUTPUT_BUDGET;
    for (let index = this.entries.length - 1; index >= 0; index--) {
      const entry = this.entries[index];
      if (entry?.kind !== "command") continue;
      left -= entry.output.size;
      if (left < 0 && entry.ended) this.entries[index] = { ...entry, output: shrunk(entry.output) };
    }
  }

  private settleQuestions(id: string): void {
    for (const [index, entry] of this.entries.entries()) {
      if (entry.kind === "exec" && entry.id === id) this.entries[index] = settled(entry);
    }
  }

  private answered(msg: Extract<LocalMsg, { type: "approval_answered" }>): void {
    const standing: Standing = { state: "answered", decision: msg.decision };
    for (let index = this.entries.length - 1; index >= 0; index--) {
      const entry = this.entries[index];
      const isIt = (entry?.kind === "exec" && entry.id === msg.id) || (entry?.kind === "patch" && entry.callId === msg.id);
      if (!isIt) continue;
      // What was settled by what came of it was answered like that.
      if (entry.standing.state !== "answered") this.entries[index] = { ...entry, standing };
      return;
    }
  }

  private askPatch(msg: Msg<"apply_patch_approval_request">, callId: string): void {
    this.settle();
    const known = this.patches.get(callId);
    const proposal = this.rest.proposals.get(callId);
    const asked = {
      request: msg,
      files: ofChanges(msg.changes),
      standing: { state: "waiting" },
      ...(proposal ? { proposal } : {}),
    } as const;
    if (known !== undefined) this.patch(callId, (patch) => ({ ...patch, ...asked }));
    else this.patches.set(callId, this.add({ kind: "patch", callId, ...asked, applied: "no", autoApproved: false }));
  }

  private applyPatch(msg: Msg<"patch_apply_begin">): void {
    this.settle();
    if (this.patches.has(msg.call_id)) {
      this.patch(msg.call_id, (patch) => ({ ...settled(patch), files: ofChanges(msg.changes), applied: "applying" }));
      return;
    }
    this.patches.set(
      msg.call_id,
      this.add({
        kind: "patch",
        callId: msg.call_id,
        files: ofChanges(msg.changes),
        standing: { state: "settled" },
        applied: "applying",
        autoApproved: msg.auto_approved,
      }),
    );
  }

  private plan(msg: Msg<"plan_update">): void {
    const plan = { items: msg.plan, ...(msg.explanation ? { explanation: msg.explanation } : {}) };
    const index = this.rest.plan;
    if (index !== undefined) {
      this.change(index, (entry) => ({ kind: "plan", key: entry.key, ...plan }));
      return;
    }
    this.settle();
    this.set({ plan: this.add({ kind: "plan", ...plan }) });
  }

  private propose(proposal: Proposal): void {
    this.set({ proposals: new Map(this.rest.proposals).set(proposal.id, proposal) });
    this.patch(proposal.id, (patch) => ({ ...(proposal.open ? patch : settled(patch)), proposal }));
  }

  /** Another talk, in the place of this one. */
  private resume(msg: Msg<"session_resumed">): void {
    const inner = new Draft({ ...emptyTranscript, nextKey: this.rest.nextKey, ...(this.rest.model ? { model: this.rest.model } : {}) }, undefined);
    inner.set({ sessionId: msg.session });
    for (const event of msg.events satisfies Event[]) inner.event(event);
    inner.endTask("ended with the session");
    if (!msg.cut) inner.add({ kind: "notice", text: `This session goes on now. Its model was ${msg.model}.` });
    const talk = inner.done();
    this.entries.splice(0, this.entries.length, ...talk.entries);
    this.commands.clear();
    this.patches.clear();
    this.rest = talk;
  }
}

/** What was asked is settled, unless it is known how it was answered. */
function settled<Asked extends { standing: Standing }>(entry: Asked): Asked {
  return entry.standing.state === "waiting" ? { ...entry, standing: { state: "settled" } } : entry;
}

function restored(msg: Msg<"restore_end">): NewEntry {
  const words = [
    ...(msg.restored.length > 0 ? [`restored: ${msg.restored.join(", ")}`] : []),
    ...(msg.merged.length > 0 ? [`merged with what was typed since: ${msg.merged.join(", ")}`] : []),
    ...msg.refused.map((refused) => `${refused.path}: ${refused.reason}`),
  ];
  const text = [msg.success ? "Went back to before that task" : "Nothing was restored", ...words].join("; ");
  return { kind: msg.success ? "notice" : "error", text };
}

/** Neighbouring pieces of the same text as one. */
export function joined(events: readonly SessionEvent[]): SessionEvent[] {
  const found: SessionEvent[] = [];
  for (const event of events) {
    const last = found.at(-1);
    const msg = event.msg;
    const before = last?.msg;
    if (msg.type === "agent_message_delta" && before?.type === "agent_message_delta") {
      found[found.length - 1] = { id: event.id, msg: { ...msg, delta: before.delta + msg.delta } };
    } else if (msg.type === "agent_reasoning_delta" && before?.type === "agent_reasoning_delta") {
      found[found.length - 1] = { id: event.id, msg: { ...msg, delta: before.delta + msg.delta } };
    } else if (msg.type === "exec_command_output_delta" && before?.type === "exec_command_output_delta" && before.call_id === msg.call_id) {
      found[found.length - 1] = { id: event.id, msg: { ...msg, chunk: before.chunk + msg.chunk } };
    } else {
      found.push(event);
    }
  }
  return found;
}

/** The transcript after these events; `now` in milliseconds where they come as they happen. */
export function apply(transcript: Transcript, events: readonly SessionEvent[], now?: number): Transcript {
  const draft = new Draft(transcript, now);
  for (const event of joined(events)) draft.event(event);
  return draft.done();
}

/** The transcript after the server ended. */
export function ended(transcript: Transcript, how: string): Transcript {
  const draft = new Draft(transcript, undefined);
  draft.endTask(how);
  return draft.done();
}
