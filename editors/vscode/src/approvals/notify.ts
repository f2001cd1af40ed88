// Questions while the chat is hidden: a notification that shows one whole, with what each answer
// covers. One that is closed decided nothing; the question still stands in the chat.

import { window, type Disposable } from "vscode";
import { answers, paragraph } from "./answers";
import type { Folder } from "../folder";
import type { Folders } from "../folders";
import type { Question } from "../session/known";

export interface Surface {
  readonly isVisible: boolean;
  show(): Promise<void>;
}

export function notifyQuestions(folders: Folders, chat: Surface, review: () => Promise<void>): Disposable {
  const told = new WeakMap<Folder, Set<string>>();
  return folders.onChange(({ folder, changes }) => {
    if (!folder || !changes.has("questions")) return;
    const before = told.get(folder) ?? new Set();
    const now = folder.known.questions;
    told.set(folder, new Set(now.map(({ id }) => id)));
    if (chat.isVisible && folder === folders.shown) return;
    for (const question of now) {
      if (!before.has(question.id)) void ask(folders, folder, question, chat, review);
    }
  });
}

async function ask(folders: Folders, folder: Folder, question: Question, chat: Surface, review: () => Promise<void>): Promise<void> {
  const offered = answers(question);
  const look = question.kind === "patch" ? "Review" : "Show";
  const where = folders.all.length > 1 ? `${folder.root.name}: ` : "";
  const message = `Tiro: ${where}${paragraph(question, (path) => folder.short(path))}`;
  const choice = await window.showWarningMessage(message, ...offered.map(({ label }) => label), look);
  if (choice === look) {
    folders.show(folder);
    await (question.kind === "patch" ? review() : chat.show());
    return;
  }
  const answer = offered.find(({ label }) => label === choice);
  if (!answer) return;
  try {
    await folder.answer(question.id, answer.decision);
  } catch (error) {
    void window.showErrorMessage(`Tiro: ${error instanceof Error ? error.message : String(error)}`);
  }
}
