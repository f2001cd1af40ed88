// What the tests inside the extension host have in common.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { commands, Uri, window, workspace, type CodeLens, type TextDocument, type TextEditor } from "vscode";
import { Model } from "../workbench/model";
import { serversOf, type Started } from "../workbench/processes";

/** As a code lens names a hunk. */
export interface Named {
  proposal: string;
  hunk: string;
}

export const tests: [string, () => Promise<void>][] = [];
export const test = (name: string, run: () => Promise<void>): void => void tests.push([name, run]);

export const home = process.env["TIRO_TEST_HOME"] ?? "";
export const root = (): string => join(home, "work");
export const uri = (name: string): Uri => Uri.file(join(root(), name));
export const onDisk = (name: string): string | undefined => (existsSync(join(root(), name)) ? readFileSync(join(root(), name), "utf8") : undefined);
export const servers = (folder?: string): Started[] => serversOf(home, folder);

/** Until it holds; what it waits for is named by the test. */
export async function until<T>(look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`it never was: ${look.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function show(name: string): Promise<TextEditor> {
  return window.showTextDocument(await workspace.openTextDocument(uri(name)));
}

export async function lenses(document: Pick<TextDocument, "uri">): Promise<Named[]> {
  const found = await commands.executeCommand<CodeLens[]>("vscode.executeCodeLensProvider", document.uri, 100);
  return found.flatMap(({ command }) => (command?.command === "tiro.acceptHunk" ? [command.arguments?.[0] as Named] : []));
}

/** The lenses of a file, once there are some. */
export async function proposed(name: string): Promise<Named[]> {
  const document = await workspace.openTextDocument(uri(name));
  return until(async () => {
    const all = await lenses(document);
    return all.length > 0 ? all : undefined;
  });
}

export let model: Model;

export async function startModel(): Promise<void> {
  model = await Model.start(Number(process.env["TIRO_TEST_MODEL"]));
}

/** Says something, and waits until the model has been asked so many times more. */
export async function ask(text: string, times: number): Promise<void> {
  const before = model.asked.length;
  await commands.executeCommand("tiro.ask", text);
  await until(() => model.asked.length >= before + times);
}

/** Until what was scripted is said: what is scripted next would be taken by the task before. */
export const said = (): Promise<boolean> => until(() => model.isDone);

export const told = (): string => JSON.stringify(model.asked.at(-1));

/** What the extension tells the person in messages while this goes on. */
export async function messages(during: () => Promise<void>): Promise<string[]> {
  const heard: string[] = [];
  const names = ["showErrorMessage", "showWarningMessage", "showInformationMessage"] as const;
  const real = names.map((name) => window[name]);
  const hear = (message: string): Promise<undefined> => {
    heard.push(message);
    return Promise.resolve(undefined);
  };
  for (const name of names) Object.assign(window, { [name]: hear });
  try {
    await during();
  } finally {
    names.forEach((name, index) => Object.assign(window, { [name]: real[index] }));
  }
  return heard;
}
