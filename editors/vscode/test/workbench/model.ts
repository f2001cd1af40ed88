// A model over the loopback interface that says what a test wrote for it: Chat Completions as a
// stream. Each request takes the next turn of the script.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Turn =
  /** Said in these pieces, with so many milliseconds between two; it ends when this is done. */
  | { say: string[]; pause?: number; until?: Promise<unknown> }
  | { call: string; arguments: unknown }
  /** Begins to talk and does not stop. */
  | { endless: string };

export class Model {
  readonly #turns: Turn[] = [];
  /** What was asked, as it came. */
  readonly asked: unknown[] = [];
  /** The header with the key, of each of them. */
  readonly keys: (string | undefined)[] = [];
  /** How many requests it answers now. */
  busy = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.busy += 1;
      response.once("close", () => (this.busy -= 1));
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(port = 0): Promise<Model> {
    const model = new Model();
    await new Promise<void>((resolve) => model.#server.listen(port, "127.0.0.1", resolve));
    return model;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** What it says next. */
  script(...turns: Turn[]): void {
    this.#turns.splice(0, this.#turns.length, ...turns);
  }

  /** Whether all of the script is said. */
  get isDone(): boolean {
    return this.#turns.length === 0 && this.busy === 0;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === "GET") {
      const models = ["scripted", "other-model"].map((id) => ({ id, object: "model" }));
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ object: "list", data: models }));
      return;
    }
    let body = "";
    for await (const chunk of request) body += String(chunk);
    this.asked.push(JSON.parse(body));
    this.keys.push(request.headers.authorization);
    const turn = this.#turns.shift() ?? { say: ["The script is over."] };
    response.writeHead(200, { "content-type": "text/event-stream" });
    const send = (delta: unknown, finish_reason: string | null = null): void => {
      const chunk = { id: "1", object: "chat.completion.chunk", created: 0, model: "scripted", choices: [{ index: 0, delta, finish_reason }] };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    };
    if ("call" in turn) {
      const call = { index: 0, id: `call_${this.asked.length}`, type: "function", function: { name: turn.call, arguments: JSON.stringify(turn.arguments) } };
      send({ role: "assistant", tool_calls: [call] });
      send({}, "tool_calls");
    } else if ("endless" in turn) {
      const timer = setInterval(() => {
        send({ role: "assistant", content: turn.endless });
      }, 50);
      response.on("close", () => {
        clearInterval(timer);
      });
      return;
    } else {
      for (const content of turn.say) {
        send({ role: "assistant", content });
        if (turn.pause !== undefined) await new Promise((resolve) => setTimeout(resolve, turn.pause));
      }
      await turn.until;
      send({}, "stop");
    }
    const usage = { prompt_tokens: 1200, completion_tokens: 80, total_tokens: 1280 };
    response.write(`data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", choices: [], usage })}\n\n`);
    response.end("data: [DONE]\n\n");
  }
}

/** A patch as the model writes one. */
export function patch(...lines: string[]): Turn {
  return { call: "apply_patch", arguments: { input: ["*** Begin Patch", ...lines, "*** End Patch", ""].join("\n") } };
}

/** A command as the model asks for one. */
export function shell(command: string): Turn {
  return { call: "shell", arguments: { command: ["bash", "-lc", command] } };
}
