// `@tiro` in the chat of VS Code itself: says what was written there and streams the answer back.
// The talk is the session's, as in the view of our own.

import { chat, Disposable, type CancellationToken, type ChatRequest, type ChatResponseStream } from "vscode";
import { resolve } from "./complete";
import { commandLine } from "../approvals/answers";
import type { Folder } from "../folder";
import type { Folders } from "../folders";
import type { InputItem } from "../protocol";
import type { SessionEvent } from "./messages";

export function participant(folders: Folders): Disposable {
  // Editors made from VS Code may leave it out, whatever its types say.
  const api = chat as typeof chat | undefined;
  if (typeof api?.createChatParticipant !== "function") return new Disposable(() => undefined);
  const ours = api.createChatParticipant("tiro.participant", async (request, _context, stream, token) => {
    const folder = folders.current();
    if (!folder) {
      stream.markdown(folders.state.problem ?? "Open a folder first.");
      return;
    }
    folders.show(folder);
    await answer(folder, request, stream, token);
  });
  return Disposable.from(ours);
}

async function answer(folder: Folder, request: ChatRequest, stream: ChatResponseStream, token: CancellationToken): Promise<void> {
  const items: InputItem[] = [{ type: "text", text: request.prompt }];
  await folder.ready();
  await new Promise<void>((done, failed) => {
    const streamed = new Set<string>();
    const listeners: Disposable[] = [
      folder.onEvent((event) => {
        show(event, stream, streamed);
        if (event.msg.type === "task_complete") finish();
      }),
      token.onCancellationRequested(() => {
        folder.request({ type: "interrupt" }).catch(() => undefined);
        finish();
      }),
    ];
    const finish = (): void => {
      for (const listener of listeners) listener.dispose();
      done();
    };
    resolve(folder, items)
      .then((more) => folder.say(items, more))
      .catch((error: unknown) => {
        for (const listener of listeners) listener.dispose();
        failed(error instanceof Error ? error : new Error(String(error)));
      });
  });
}

function show({ id, msg }: SessionEvent, stream: ChatResponseStream, streamed: Set<string>): void {
  switch (msg.type) {
    case "agent_message_delta":
      streamed.add(id);
      stream.markdown(msg.delta);
      break;
    case "agent_message":
      if (streamed.has(id)) stream.markdown("\n\n");
      else stream.markdown(`${msg.message}\n\n`);
      break;
    case "exec_command_begin":
      stream.progress(`Runs ${commandLine(msg.command)}`);
      break;
    case "exec_approval_request":
    case "apply_patch_approval_request":
      stream.progress("Waits for an answer of yours");
      stream.button({ command: "tiro.focusChat", title: "Answer in Tiro's chat" });
      break;
    case "error":
      stream.markdown(`\n\n**${msg.message}**\n\n`);
      break;
    default:
      break;
  }
}
