// The state of the view, and the one place where messages come in and go out. Events wait
// in a queue and are taken in once a frame, for a few milliseconds at most.

import type { Op, ReviewDecision } from "../../protocol";
import type { Completion, FromView, SessionEvent, SessionState, ToView } from "../messages";
import { announcements } from "./announce";
import type { Host } from "./host";
import { apply, ended } from "./model";
import type { ExecApproval, Patch, Transcript } from "./transcript";
import { emptyTranscript, waiting } from "./transcript";

/** What was said and has not arrived: it goes back to the prompt when it fails. */
export interface Draft {
  text: string;
  /** `data:` URIs. */
  images: readonly string[];
}

export interface ViewState {
  transcript: Transcript;
  session: SessionState | undefined;
  /** Answers on their way, by the key of the question. */
  answering: ReadonlyMap<number, ReviewDecision>;
  /** What failed last. */
  problem: string | undefined;
  /** For a screen reader. */
  announcement: string;
  /** Counts the talks that were shown, so that another one begins at its end. */
  talk: number;
  /** Whether the first `reset` came. */
  isThere: boolean;
}

/** What the store does with the prompt, which has a life of its own. */
export interface PromptHandle {
  insert: (text: string, focus: boolean) => void;
  focus: () => void;
  restore: (draft: Draft) => void;
  completions: (request: number, items: readonly Completion[]) => void;
}

/** What a frame takes in at most: drawing it has to fit into the same frame. */
const TAKE = { milliseconds: 4, events: 600, characters: 1_200, portion: 200 };

/** Milliseconds that the page has for itself after a frame that took in all there was: it scrolls meanwhile, and leaves half the garbage. */
const REST = 25;

export interface Clock {
  now: () => number;
  /** Calls back with the next frame, or with the first one after a rest. */
  frame: (callback: () => void, rests: boolean) => void;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  frame: (callback, rests) => {
    // A hidden page has no frames.
    if (document.hidden) setTimeout(callback, 100);
    else if (rests) setTimeout(() => requestAnimationFrame(callback), REST);
    else requestAnimationFrame(callback);
  },
};

/** What an event costs to take in and to draw, in characters of an answer. */
function weight(event: SessionEvent): number {
  const msg = event.msg;
  if (msg.type === "exec_command_output_delta") return msg.chunk.length / 12;
  if (msg.type === "exec_command_end") return msg.stdout.length / 60;
  if (msg.type === "agent_message") return msg.message.length;
  if (msg.type === "agent_message_delta" || msg.type === "agent_reasoning_delta") return msg.delta.length;
  return 50;
}

export class Store {
  state: ViewState = {
    transcript: emptyTranscript,
    session: undefined,
    answering: new Map(),
    problem: undefined,
    announcement: "",
    talk: 0,
    isThere: false,
  };
  prompt: PromptHandle | undefined;
  private queue: SessionEvent[] = [];
  private taken = 0;
  /** Events up to here of the queue happened before the view was there. */
  private old = 0;
  private isDue = false;
  /** Whether the last frame took events in, and none was left. */
  private isBusy = false;
  private lastRequest = 0;
  private readonly says = new Map<number, Draft>();
  private readonly answers = new Map<number, number>();

  constructor(
    private readonly host: Host,
    private readonly render: (state: ViewState) => void,
    private readonly clock: Clock = browserClock,
  ) {}

  take(message: ToView): void {
    switch (message.type) {
      case "events":
        for (const event of message.events) this.queue.push(event);
        break;
      case "reset":
        this.queue = [...message.events];
        this.taken = 0;
        this.old = this.queue.length;
        this.set({ transcript: { ...emptyTranscript, nextKey: this.state.transcript.nextKey }, answering: new Map(), talk: this.state.talk + 1, isThere: true });
        break;
      case "state":
        this.session(message.state);
        break;
      case "insert":
        this.prompt?.insert(message.text, message.focus);
        break;
      case "focus":
        this.prompt?.focus();
        break;
      case "completions":
        this.prompt?.completions(message.request, message.items);
        break;
      case "failed":
        this.failed(message.request, message.message);
        break;
    }
    this.due();
  }

  post(message: FromView): void {
    this.host.post(message);
  }

  request(): number {
    return ++this.lastRequest;
  }

  op(op: Op): number {
    const request = this.request();
    this.host.post({ type: "op", request, op });
    return request;
  }

  say(draft: Draft): void {
    const request = this.sent(draft);
    this.host.post({ type: "say", request, items: itemsOf(draft) });
  }

  resend(turn: number, draft: Draft): void {
    const request = this.sent(draft);
    this.host.post({ type: "resend", request, turn, items: itemsOf(draft) });
  }

  /** Answers a question; until that is known, it is shown as being answered. */
  answer(entry: ExecApproval | Patch, decision: ReviewDecision): void {
    if (entry.standing.state !== "waiting" || this.state.answering.has(entry.key)) return;
    const id = entry.kind === "exec" ? entry.id : entry.callId;
    const request = this.op({ type: entry.kind === "exec" ? "exec_approval" : "patch_approval", id, decision });
    this.answers.set(request, entry.key);
    this.set({ answering: new Map(this.state.answering).set(entry.key, decision), problem: undefined });
  }

  /** The questions that are not answered yet, nor being answered. */
  open(): (ExecApproval | Patch)[] {
    return waiting(this.state.transcript).filter((entry) => !this.state.answering.has(entry.key));
  }

  dismiss(): void {
    this.set({ problem: undefined });
  }

  set(values: Partial<ViewState>): void {
    this.state = { ...this.state, ...values };
    this.due();
  }

  /** Keeps what is said for as long as it may still fail. */
  private sent(draft: Draft): number {
    const request = this.request();
    this.says.set(request, draft);
    for (const old of [...this.says.keys()].slice(0, -3)) this.says.delete(old);
    this.set({ problem: undefined });
    return request;
  }

  private session(session: SessionState): void {
    const isOver = session.server === "ended" && this.state.session?.server !== "ended";
    this.flush();
    const transcript = isOver ? ended(this.state.transcript, "the server ended") : this.state.transcript;
    this.set({ session, transcript });
  }

  private failed(request: number, message: string): void {
    const said = this.says.get(request);
    this.says.delete(request);
    if (said) this.prompt?.restore(said);
    const asked = this.answers.get(request);
    if (asked !== undefined) {
      const answering = new Map(this.state.answering);
      answering.delete(asked);
      this.set({ answering });
    }
    this.set({ problem: message, announcement: `Error: ${message}` });
  }

  private due(): void {
    if (this.isDue) return;
    this.isDue = true;
    this.clock.frame(() => {
      this.isDue = false;
      this.frame();
    }, this.isBusy);
  }

  private frame(): void {
    const until = this.clock.now() + TAKE.milliseconds;
    let left = { events: TAKE.events, characters: TAKE.characters };
    const waited = this.taken < this.queue.length;
    do left = this.portion(left);
    while (left.events > 0 && left.characters > 0 && this.taken < this.queue.length && this.clock.now() < until);
    const isLeft = this.taken < this.queue.length;
    this.isBusy = waited && !isLeft;
    if (isLeft) this.due();
    this.render(this.state);
  }

  /** All that waits, at once: what follows is about the time after it. */
  private flush(): void {
    while (this.taken < this.queue.length) this.portion({ events: Infinity, characters: Infinity });
  }

  /** Takes a few events in; what is left of what may be. */
  private portion(most: { events: number; characters: number }): { events: number; characters: number } {
    const from = this.taken;
    const isOld = from < this.old;
    const end = Math.min(isOld ? this.old : this.queue.length, from + Math.min(most.events, TAKE.portion));
    let characters = 0;
    for (; this.taken < end && characters < most.characters; this.taken++) {
      const event = this.queue[this.taken];
      const cost = event ? weight(event) : 0;
      // What is heavy has a frame of its own.
      if (this.taken > from && characters + cost > most.characters) break;
      characters += cost;
    }
    const left = { events: most.events - (this.taken - from), characters: this.taken < end ? 0 : most.characters - characters };
    const events = this.queue.slice(from, this.taken);
    if (this.taken === this.queue.length) {
      this.queue = [];
      this.taken = 0;
      this.old = 0;
    }
    if (events.length === 0) return left;
    const before = this.state.transcript;
    const transcript = apply(before, events, isOld ? undefined : this.clock.now());
    const news = isOld ? [] : announcements(before, transcript);
    const asked = new Set(waiting(transcript).map((entry) => entry.key));
    const answering = new Map([...this.state.answering].filter(([key]) => asked.has(key)));
    const isOther = events.some((event) => event.msg.type === "session_resumed");
    this.state = {
      ...this.state,
      transcript,
      answering,
      ...(news.length > 0 ? { announcement: news.join(". ") } : {}),
      ...(isOther ? { talk: this.state.talk + 1 } : {}),
    };
    return left;
  }
}

function itemsOf(draft: Draft): ({ type: "text"; text: string } | { type: "image"; image_url: string })[] {
  return [
    ...(draft.text === "" ? [] : [{ type: "text" as const, text: draft.text }]),
    ...draft.images.map((image_url) => ({ type: "image" as const, image_url })),
  ];
}
