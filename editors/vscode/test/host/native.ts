// `@tiro` in the chat of VS Code itself. The chat needs a model of VS Code's own, which is not to
// be had here: so what the extension registers is called as the chat would, with a real server.

import assert from "node:assert/strict";
import { CancellationTokenSource, chat, extensions, window, type ChatRequest, type ChatRequestHandler, type ChatResponseStream, type Command, type MarkdownString } from "vscode";
import { participant } from "../../src/chat/participant";
import { Folders } from "../../src/folders";
import { patch, shell } from "../workbench/model";
import { model, test, told, until } from "./harness";

/** What the chat would have shown. */
class Shown {
  text = "";
  readonly progress: string[] = [];
  readonly buttons: Command[] = [];

  /** Only what the participant uses. */
  get stream(): ChatResponseStream {
    return {
      markdown: (piece: string | MarkdownString) => void (this.text += typeof piece === "string" ? piece : piece.value),
      progress: (piece: string) => void this.progress.push(piece),
      button: (button: Command) => void this.buttons.push(button),
    } as unknown as ChatResponseStream;
  }
}

/** Registers a participant of our own folders, and gives what it registered. */
async function withParticipant(use: (ask: (prompt: string, shown: Shown, token?: CancellationTokenSource) => Promise<void>, folders: Folders) => Promise<void>): Promise<void> {
  let registered: ChatRequestHandler | undefined;
  const real = chat.createChatParticipant.bind(chat);
  const extension = extensions.getExtension("tiro.tiro");
  assert.ok(extension);
  const output = window.createOutputChannel("Tiro of the test");
  const folders = new Folders({
    extension: extension.extensionPath,
    version: (extension.packageJSON as { version: string }).version,
    output,
    trace: output,
    configKeys: [],
    environment: () => Promise.resolve({}),
    recall: () => undefined,
    remember: () => undefined,
  });
  Object.assign(chat, {
    createChatParticipant: (_id: string, handler: ChatRequestHandler) => {
      registered = handler;
      return { dispose: () => undefined };
    },
  });
  try {
    participant(folders);
    await use(async (prompt, shown, token = new CancellationTokenSource()) => {
      await registered?.({ prompt } as ChatRequest, { history: [] }, shown.stream, token.token);
    }, folders);
  } finally {
    Object.assign(chat, { createChatParticipant: real });
    await Promise.all(folders.all.map((folder) => folder.stop()));
    folders.dispose();
    output.dispose();
  }
}

test("@tiro streams the answer, says what it runs, and where to answer", async () => {
  await withParticipant(async (ask, folders) => {
    const shown = new Shown();
    model.script(shell("touch by-participant.txt"), { say: ["It is ", "made."] });
    const asked = ask("Make it.", shown);
    const folder = folders.all[0];
    assert.ok(folder);
    const question = await until(() => folder.known.questions[0]);
    assert.deepEqual(shown.buttons.map(({ command }) => command), ["tiro.focusChat"]);
    await folder.answer(question.id, "approved");
    await asked;
    assert.deepEqual(shown.progress, ["Waits for an answer of yours", "Runs touch by-participant.txt"]);
    assert.match(shown.text, /^It is made\.\s*$/);
    assert.match(told(), /Make it\./);
  });
});

test("@tiro that is cancelled stops the task, and a change that it asks about is named", async () => {
  await withParticipant(async (ask, folders) => {
    const shown = new Shown();
    const token = new CancellationTokenSource();
    model.script(patch("*** Add File: never.txt", "+never"));
    const asked = ask("Add it.", shown, token);
    const folder = folders.all[0];
    assert.ok(folder);
    await until(() => folder.known.proposals.size > 0);
    token.cancel();
    await asked;
    await until(() => !folder.known.running);
    assert.equal(folder.known.proposals.size, 0);
    assert.deepEqual(shown.progress, ["Waits for an answer of yours"]);
  });
});
