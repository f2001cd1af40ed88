// The language client of one workspace folder: what of LSP it uses, which documents it tells
// the server of, and how the process is started. What the events mean is elsewhere.

import { type ChildProcess, spawn } from "node:child_process";
import { Uri, workspace, type OutputChannel, type TextDocument, type WorkspaceFolder } from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type DynamicFeature,
  type LanguageClientOptions,
  type Middleware,
  type StaticFeature,
} from "vscode-languageclient/node";

/** Characters beyond which a document is left to the disk: a message to the server has a limit. */
const DOCUMENT = 8 * 1024 * 1024;

/** Its commands are run by commands of ours: two servers cannot have one command. */
const UNUSED = new Set(["workspace/executeCommand"]);

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

export class Client extends LanguageClient {
  #process: ChildProcess | undefined;

  constructor(private readonly given: ClientSettings) {
    super("tiro", "Tiro", () => this.#spawn(), clientOptions(given, (method, params) => this.sendNotification(method, params)));
  }

  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    if ("registrationType" in feature && UNUSED.has(feature.registrationType.method)) return;
    super.registerFeature(feature);
  }

  /** Ends the process without asking it. */
  kill(): void {
    this.#process?.kill();
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  #spawn(): Promise<ChildProcess> {
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

/** Whether the server of this folder is told of a document: it is a file of the folder, and not one of another folder in it. */
export function isOf(folder: WorkspaceFolder, document: TextDocument): boolean {
  return document.uri.scheme === "file" && workspace.getWorkspaceFolder(document.uri)?.uri.toString() === folder.uri.toString();
}

/** Whether a document is small enough to be sent. */
export function isTold(document: TextDocument): boolean {
  return document.uri.scheme === "file" && document.getText().length <= DOCUMENT;
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
