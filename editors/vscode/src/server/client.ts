// The language client of one workspace folder: what of LSP it uses, which documents it tells
// the server of, and how the process is started. What the events mean is elsewhere.

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { Uri, type OutputChannel, type TextDocument, type WorkspaceFolder } from "vscode";
import { StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { DynamicFeature, InitializeParams, LanguageClientOptions, MessageTransports, Middleware, StaticFeature } from "vscode-languageclient";
// Not its `node`, which can start servers in ways that are not needed here.
import { BaseLanguageClient, CloseAction, ErrorAction } from "vscode-languageclient/lib/common/client";
import { isOf, isTold } from "./documents";

/** Milliseconds that a server which was told to end may still take. */
const LINGER = 2_000;

export interface ClientSettings {
  folder: WorkspaceFolder;
  program: string;
  environment: Record<string, string>;
  options: () => unknown;
  /** What the server gets where it asks for the section `tiro`. */
  settings: () => unknown;
  output: OutputChannel;
  trace: OutputChannel;
  ended: (code: number | null, signal: NodeJS.Signals | null) => void;
  middleware: Middleware;
}

export class Client extends BaseLanguageClient {
  #process: ChildProcessWithoutNullStreams | undefined;

  constructor(private readonly given: ClientSettings) {
    super("tiro", "Tiro", clientOptions(given, (method, params) => this.sendNotification(method, params)));
  }

  /** Those that are left out of the bundle are empty. Commands of the server are among them: two servers cannot have one command. */
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ("initialize" in feature) super.registerFeature(feature);
  }

  /** Notebooks are not told of; the feature that would say so, by a name that the client reads here, is left out of the bundle. */
  override hasDedicatedTextSynchronizationFeature(): boolean {
    return false;
  }

  override async stop(timeout?: number): Promise<void> {
    const child = this.#process;
    await super.stop(timeout).finally(() => {
      setTimeout(() => child?.kill("SIGKILL"), LINGER).unref();
    });
  }

  /** What goes wrong is written to the log; the person is told by what owns this client, and in one place. */
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }

  /** Ends the process without asking it. */
  kill(): void {
    this.#process?.kill();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  protected override fillInitializeParams(params: InitializeParams): void {
    super.fillInitializeParams(params);
    // Without it the server would not end with VS Code.
    params.processId = process.pid;
  }

  protected override async createMessageTransports(): Promise<MessageTransports> {
    const child = await this.#spawn();
    child.stderr.on("data", (text: Buffer) => {
      this.given.output.append(text.toString());
    });
    return { reader: new StreamMessageReader(child.stdout), writer: new StreamMessageWriter(child.stdin) };
  }

  #spawn(): Promise<ChildProcessWithoutNullStreams> {
    const { folder, program, environment, ended } = this.given;
    return new Promise((resolve, reject) => {
      const child = spawn(program, ["lsp"], {
        cwd: folder.uri.fsPath,
        env: { ...process.env, ...environment },
        stdio: "pipe",
        windowsHide: true,
      });
      this.#process = child;
      child.once("spawn", () => {
        resolve(child);
      });
      child.once("error", reject);
      child.once("exit", ended);
      // What is written to a server that is gone is lost; that it is gone is told by `exit`.
      child.stdin.on("error", () => undefined);
    });
  }
}

function clientOptions(given: ClientSettings, notify: (method: string, params: unknown) => Promise<void>): LanguageClientOptions {
  const { folder, output, trace } = given;
  const open = new Set<string>();
  const key = (document: TextDocument): string => document.uri.toString();
  const middleware: Middleware = {
    async didOpen(document, next) {
      if (!isOf(folder, document)) return;
      if (!isTold(document)) {
        output.appendLine(`${document.uri.fsPath} is too large to be sent; the server reads it from the disk.`);
        return;
      }
      open.add(key(document));
      await next(document);
    },
    async didChange(change, next) {
      if (open.has(key(change.document))) await next(change);
    },
    async didSave(document, next) {
      if (open.has(key(document))) await next(document);
    },
    async didClose(document, next) {
      if (open.delete(key(document))) await next(document);
    },
    ...given.middleware,
    workspace: {
      configuration: (params) => params.items.map(({ section }) => (section === "tiro" ? given.settings() : null)),
      didChangeConfiguration: () => notify("workspace/didChangeConfiguration", { settings: { tiro: given.settings() } }),
    },
  };
  return {
    documentSelector: [{ scheme: "file" }],
    workspaceFolder: folder,
    initializationOptions: given.options,
    outputChannel: output,
    traceOutputChannel: trace,
    diagnosticCollectionName: "tiro",
    // The person is told by what owns this client, and in one place.
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
    },
    initializationFailedHandler: () => false,
    middleware,
    uriConverters: {
      code2Protocol: (uri) => uri.toString(),
      protocol2Code: (text) => Uri.parse(text),
    },
  };
}
