// Tests inside the extension host: the extension against the real server, through the API of VS
// Code alone. `run` is called by VS Code; what came of it is written to a file.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands, window, workspace } from "vscode";
import { home, messages, model, startModel, tests, until } from "./harness";
import "./context";
import "./review";
import "./native";
import "./documents";
import "./folders";

interface Outcome {
  name: string;
  problem?: string;
}

/** Each begins with nothing that runs, nothing proposed, nothing unsaved and nothing open. */
async function clear(): Promise<void> {
  await commands.executeCommand("tiro.rejectAll");
  // A task that goes on would take what the model is to say to the next test.
  await until(async () => {
    const heard = await messages(async () => {
      await commands.executeCommand("tiro.stop");
    });
    return model.busy === 0 && heard.some((message) => message.includes("no task runs"));
  });
  for (const document of workspace.textDocuments.filter(({ isDirty }) => isDirty)) {
    await window.showTextDocument(document);
    await commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
  }
  await commands.executeCommand("workbench.action.closeAllEditors");
}

/** A message that nobody answers would keep a test waiting for ever. */
async function within(limit: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it did not end in ${limit / 1000} s`));
    }, limit);
  });
  await Promise.race([work, late]).finally(() => {
    clearTimeout(timer);
  });
}

/** Called by VS Code. */
export async function run(): Promise<void> {
  const outcomes: Outcome[] = [];
  await startModel();
  const only = process.env["TIRO_TEST_ONLY"] ?? "";
  for (const [name, body] of tests.filter(([name]) => name.includes(only))) {
    try {
      await within(60_000, body());
      outcomes.push({ name });
    } catch (error) {
      outcomes.push({ name, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    await within(40_000, clear()).catch((error: unknown) => {
      outcomes.push({ name: `after “${name}” all is closed`, problem: String(error) });
    });
  }
  model.stop();
  writeFileSync(join(home, "result.json"), JSON.stringify(outcomes));
}
