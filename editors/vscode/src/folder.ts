// One workspace folder and its session: the server, which comes and goes, what is known of the
// session, and what was said. Views look at it and ask it; it shows nothing but notices of the server.

import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename } from "node:path";
import { EventEmitter, Uri, window, workspace, type Disposable, type OutputChannel, type WorkspaceFolder } from "vscode";
import type { SessionEvent, SessionState } from "./chat/messages";
import type { EventMsg, InputItem, Op, ReviewDecision } from "./protocol";
import { serverSettings, serverStart } from "./config/settings";
import { commandMiddleware, serverRequests } from "./requests";
import { find, look, type Found } from "./server/binary";
import type { Client } from "./server/client";
import { howItEnded, Restarts } from "./server/restarts";
import { mismatch } from "./server/version";
import { event, EVENT_TYPES, request } from "./session/events";
import { Known, type Change } from "./session/known";
import { EventLog } from "./session/log";
import { Answers, gate } from "./session/waiting";
import { untakable } from "./untakable";

/** What all folders share. */
export interface Host {
  /** The folder of the extension, and its version. */
  extension: string;
  version: string;
  output: OutputChannel;
  trace: OutputChannel;
  configKeys: readonly string[];
  environment: () => Promise<Record<string, string>>;
  /** The session to go on with when the window opens anew. */
  recall: (root: string) => string | undefined;
  remember: (root: string, session: string | undefined) => void;
}

type Server = SessionState["server"];

export class Folder implements Disposable {
  readonly known = new Known();
  readonly log = new EventLog();
  server: Server = "ended";
  problem: string | undefined;

  readonly #events = new EventEmitter<SessionEvent>();
  readonly #changes = new EventEmitter<ReadonlySet<Change>>();
  readonly #resets = new EventEmitter<undefined>();
  /** Something happened. */
  readonly onEvent = this.#events.event;
  /** What is known is no longer the same. */
  readonly onChange = this.#changes.event;
  /** Another talk took the place of the one before. */
  readonly onReset = this.#resets.event;

  readonly #restarts = new Restarts();
  readonly #answers = new Answers();
  /** Answers that are on their way, by what they answer. */
  readonly #deciding = new Map<string, ReviewDecision>();
  #client: Client | undefined;
  #starting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #disposed = false;
  #sent = 0;
  /** What goes on once the server has a model. */
  #broken: string | undefined;
  #configured: { promise: Promise<void>; done: () => void } | undefined;

  constructor(
    readonly root: WorkspaceFolder,
    private readonly host: Host,
  ) {
    this.#broken = host.recall(this.path);
  }

  /** The path under which the server knows the folder. */
  get path(): string {
    try {
      return realpathSync(this.root.uri.fsPath);
    } catch {
      return this.root.uri.fsPath;
    }
  }

  /** A path as a person reads it: below the folder without it. */
  short(path: string): string {
    for (const root of [this.path, this.root.uri.fsPath]) {
      if (path.startsWith(`${root}/`) || path.startsWith(`${root}\\`)) return path.slice(root.length + 1);
    }
    return path;
  }

  /** The name by which VS Code has a file that the server names. */
  uri(path: string): Uri {
    const real = this.path;
    const named = this.root.uri.fsPath;
    return Uri.file(real !== named && path.startsWith(real) ? named + path.slice(real.length) : path);
  }

  get state(): SessionState {
    return {
      root: this.root.uri.fsPath,
      rootName: this.root.name,
      server: this.server,
      running: this.known.running,
      ...(this.problem === undefined ? {} : { problem: this.problem }),
      ...(this.known.model === undefined ? {} : { model: this.known.model }),
    };
  }

  /** The server's process, for whoever looks after it. */
  get pid(): number | undefined {
    return this.#client?.pid;
  }

  /** Starts the server where it does not run; fails when it cannot be started. */
  async ready(): Promise<void> {
    if (this.#disposed) throw new Error("this folder is no longer open");
    if (this.server === "ended" || this.server === "missing") this.#restarts.begin();
    await this.start();
    await this.#configured?.promise;
  }

  start(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  /** The server's program; none where there is none. */
  program(): string | undefined {
    const found = this.#find();
    return "path" in found ? found.path : undefined;
  }

  #find(): Found {
    return find({
      setting: serverStart(this.root).path,
      extension: this.host.extension,
      platform: process.platform,
      path: process.env["PATH"] ?? process.env["Path"] ?? "",
      home: homedir(),
      look,
    });
  }

  async #begin(): Promise<void> {
    if (this.#client) return;
    if (!workspace.isTrusted) throw new Error("this workspace is not trusted, so nothing runs in it");
    const found = this.#find();
    if ("problem" in found) {
      this.#set("missing", found.problem);
      throw new Error(found.problem);
    }
    this.#stopping = false;
    this.#set("starting");
    let client: Client | undefined;
    try {
      client = await this.#make(found.path);
      await client.start();
    } catch (error) {
      if (client === this.#client) this.#client = undefined;
      const why = error instanceof Error ? error.message : String(error);
      this.#set("ended", `The server ${found.path} could not be started: ${why}`);
      this.#configured?.done();
      throw new Error(this.problem);
    }
    this.#restarts.ready(Date.now());
    this.#set("ready");
    const problem = mismatch(client.initializeResult?.serverInfo?.version, this.host.version);
    if (problem !== undefined) void window.showWarningMessage(problem);
  }

  /** A client for this program, as the one of this folder. */
  async #make(program: string): Promise<Client> {
    // Most of the code, which is not loaded before it is needed.
    const { Client } = await import("./server/client");
    const settings = (): ReturnType<typeof serverSettings> => serverSettings(this.host.configKeys, this.root);
    const client: Client = new Client({
      folder: this.root,
      program,
      environment: await this.host.environment(),
      options: () => ({ tiro: { events: true, saveDocuments: true, diagnostics: true, context: true, ...settings() } }),
      settings,
      output: this.host.output,
      trace: this.host.trace,
      middleware: commandMiddleware(this),
      ended: (code, signal) => {
        this.#ended(client, code, signal);
      },
    });
    this.#client = client;
    this.#configured = gate();
    for (const type of EVENT_TYPES) {
      client.onNotification(request({ type } as unknown as Op).method, (params: unknown) => {
        const happened = event(type, params);
        if (happened && client === this.#client) this.#take(happened);
      });
    }
    serverRequests(client, this);
    return client;
  }

  /** Ends the server; nothing starts it again but the person. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#stopping = true;
    await this.#starting?.catch(() => undefined);
    const client = this.#client;
    if (!client) return;
    try {
      await client.stop();
    } catch {
      client.kill();
    }
    this.#gone(client);
  }

  /** Starts the server anew, with the talk of before or without. */
  async restart(talk: "same" | "new"): Promise<void> {
    const session = this.known.turns > 0 ? this.known.sessionId : undefined;
    await this.stop();
    if (talk === "new") {
      this.known.turns = 0;
      this.log.replace([]);
      this.host.remember(this.path, undefined);
      this.#resets.fire(undefined);
    }
    this.#broken = talk === "same" ? session : undefined;
    await this.ready();
  }

  /** Sends an op; what comes of it are events. Fails with what the server says. */
  async request(op: Op, id?: string): Promise<Record<string, unknown>> {
    const files = this.known.accepted(op).map((path) => this.uri(path));
    const problem = files.length === 0 ? undefined : untakable(files, (uri) => this.short(uri.fsPath));
    if (problem !== undefined) throw new Error(problem);
    const { method, params } = request(op, id);
    if (op.type !== "exec_approval" && op.type !== "patch_approval") return this.send(method, params);
    // What comes of an answer may be told before that it was taken.
    this.#deciding.set(op.id, op.decision);
    try {
      const taken = await this.send(method, params);
      this.#decided(op.id, op.decision);
      return taken;
    } finally {
      this.#deciding.delete(op.id);
    }
  }

  /** Sends a request that is no op, such as `tiro/models`. */
  async send(method: string, params: unknown): Promise<Record<string, unknown>> {
    await this.start();
    const client = this.#client;
    if (!client) throw new Error("the server is not running");
    return client.sendRequest<Record<string, unknown>>(method, params);
  }

  /** Sends an op and waits for the event that answers it; fails with its error. */
  async ask<T extends EventMsg["type"]>(op: Op, type: T): Promise<Extract<EventMsg, { type: T }>> {
    const id = this.#id();
    return this.#answers.wait(id, type, () => this.request(op, id));
  }

  /** Says something: begins a task, or steers the one that runs. `more` is told to the model and not shown. */
  async say(items: InputItem[], more: InputItem[] = []): Promise<void> {
    await this.ready();
    const id = this.#id();
    await this.#said(id, items, () => this.request({ type: "user_input", items: [...items, ...more] }, id));
  }

  /** Runs a command of the server that says something; `shown` is what the person meant by it. */
  async execute(command: string, args: unknown[], shown?: string): Promise<void> {
    await this.ready();
    const run = (): Promise<unknown> => this.send("workspace/executeCommand", { command, arguments: args });
    if (shown === undefined) await run();
    else await this.#said(this.#id(), [{ type: "text", text: shown }], run);
  }

  async #said(id: string, items: InputItem[], send: () => Promise<unknown>): Promise<void> {
    const message = items.flatMap((item) => (item.type === "text" ? [item.text] : [])).join("\n\n");
    const images = items.flatMap((item) => (item.type === "image" ? [item.image_url] : []));
    const files = items.flatMap((item) => (item.type === "local_image" ? [item.path] : []));
    const turn = this.known.say(id);
    this.#take({
      id,
      msg: {
        type: "user_message",
        turn,
        message,
        ...(images.length > 0 ? { images } : {}),
        ...(files.length > 0 ? { local_images: files } : {}),
      },
    });
    try {
      await send();
    } catch (error) {
      this.known.refused(id);
      this.#take({ id, msg: { type: "error", message: `It was not sent: ${error instanceof Error ? error.message : String(error)}` } });
      throw error;
    }
  }

  /** Answers a question. */
  async answer(id: string, decision: ReviewDecision): Promise<void> {
    const question = this.known.questions.find((it) => it.id === id);
    if (!question) return;
    await this.request({ type: question.kind === "exec" ? "exec_approval" : "patch_approval", id, decision });
  }

  /** A question was answered. */
  #decided(id: string, given: ReviewDecision): void {
    const decision = this.#deciding.get(id) ?? given;
    if (!this.known.answered(id)) return;
    this.#show({ id: "", msg: { type: "approval_answered", id, decision } });
    this.#changes.fire(new Set<Change>(["questions", "state"]));
  }

  /** Puts another session in the place of this one, or the first turns of it. */
  async resume(session: string, turns?: number): Promise<void> {
    await this.ready();
    const resumed = await this.ask({ type: "resume_session", session, ...(turns === undefined ? {} : { turns }) }, "session_resumed");
    this.log.replace(resumed.events);
    this.host.remember(this.path, resumed.session);
    this.#resets.fire(undefined);
    await this.#listProposals();
  }

  /** Says something anew in the place of what was said in this turn. */
  async resend(turn: number, items: InputItem[], more: InputItem[] = []): Promise<void> {
    await this.ready();
    const session = this.known.sessionId;
    if (session === undefined) throw new Error("this session is not kept, so nothing in it can be said anew; see tiro.config.history");
    if (this.known.running) throw new Error("a task runs; stop it first");
    await this.resume(session, turn - 1);
    await this.say(items, more);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    void this.stop();
    this.#events.dispose();
    this.#changes.dispose();
    this.#resets.dispose();
  }

  #id(): string {
    this.#sent += 1;
    return `vscode-${this.#sent}`;
  }

  #set(server: Server, problem?: string): void {
    this.server = server;
    this.problem = problem;
    this.#changes.fire(new Set<Change>(["state"]));
  }

  #take(happened: SessionEvent): void {
    const { id, msg } = happened;
    this.#settle(msg);
    const changes = this.known.apply(happened);
    // Whoever waits for an answer says that there is none.
    if (this.#answers.settle(id, msg) === "failed") return;
    // A talk that takes the place of another is shown by `onReset`; one that only goes on keeps what is shown.
    if (msg.type !== "session_resumed") this.#show(happened);
    if (changes.size > 0) this.#changes.fire(changes);
    if (msg.type === "session_configured") {
      if (this.problem !== undefined) this.#set(this.server);
      this.#goOn();
    } else if (msg.type === "error" && id === "") {
      // It has no model; the next thing that is said makes it look again.
      if (this.known.model === undefined) this.#set(this.server, msg.message);
      this.#configured?.done();
    }
    if (msg.type === "task_started") this.host.remember(this.path, this.known.sessionId);
  }

  #show(happened: SessionEvent): void {
    this.log.append(happened);
    this.#events.fire(happened);
  }

  /** What happens although nobody here answered was answered in another way. */
  #settle(msg: SessionEvent["msg"]): void {
    if (msg.type === "exec_command_begin" || msg.type === "patch_apply_begin") {
      this.#decided(msg.call_id, "approved");
    } else if (msg.type === "proposal_updated" && !msg.proposal.open) {
      const accepted = msg.proposal.files.some((file) => file.hunks.some(({ state }) => state === "accepted"));
      this.#decided(msg.proposal.id, accepted ? "approved" : "denied");
    }
  }

  /** The server has a model: what broke off goes on, then what waited. */
  #goOn(): void {
    const session = this.#broken;
    this.#broken = undefined;
    const done = this.#configured?.done;
    if (session === undefined || session === this.known.sessionId) {
      done?.();
      return;
    }
    const isEmpty = this.known.turns === 0;
    this.ask({ type: "resume_session", session }, "session_resumed")
      .then((resumed) => {
        this.host.remember(this.path, resumed.session);
        if (isEmpty) {
          this.log.replace(resumed.events);
          this.#resets.fire(undefined);
        } else {
          this.#show({ id: "", msg: { type: "background_event", message: "What was said before is known again." } });
        }
        return this.#listProposals();
      })
      .catch((error: unknown) => {
        this.host.output.appendLine(`The session ${session} does not go on: ${String(error)}`);
      })
      .finally(() => done?.());
  }

  async #listProposals(): Promise<void> {
    const { proposals } = await this.ask({ type: "proposal" }, "proposal_list");
    this.known.listed(proposals);
    this.#changes.fire(new Set<Change>(["proposals", "state"]));
  }

  /** Forgets a server that is gone. */
  #gone(client: Client): boolean {
    if (client !== this.#client) return false;
    this.#client = undefined;
    this.#answers.fail(new Error("the server has ended"));
    this.#configured?.done();
    this.#configured = undefined;
    const changes = this.known.ended();
    this.server = "ended";
    if (!this.#disposed) this.#changes.fire(changes);
    return true;
  }

  #ended(client: Client, code: number | null, signal: string | null): void {
    const wasReady = this.server === "ready";
    const { running, turns, sessionId } = this.known;
    if (!this.#gone(client) || this.#stopping || this.#disposed) return;
    const text = `The server ended ${howItEnded(code, signal)}${running ? "; the task ended with it" : ""}`;
    if (running) this.#show({ id: "", msg: { type: "task_complete" } });
    this.#show({ id: "", msg: { type: "error", message: `${text}.` } });
    if (wasReady && turns > 0) this.#broken = sessionId ?? this.#broken;
    const delay = this.#restarts.ended(Date.now());
    if (!serverStart(this.root).restart || delay === undefined) {
      this.#set("ended", `${text}.`);
      void offerLog(`${text}. “Tiro: Restart Server” starts it again.`);
      return;
    }
    this.#set("starting");
    this.#timer = setTimeout(() => {
      this.start().catch(() => undefined);
    }, delay);
  }
}

async function offerLog(message: string): Promise<void> {
  const { commands } = await import("vscode");
  const choice = await window.showErrorMessage(message, "Restart", "Show Log");
  if (choice !== undefined) await commands.executeCommand(choice === "Restart" ? "tiro.restart" : "tiro.log");
}

/** The name of a file without its folders. */
export function fileName(path: string): string {
  return basename(path);
}
