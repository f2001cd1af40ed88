// A question outside of the chat: its answers, and all of it in one paragraph. What an answer covers
// is said in the same words as in the chat. Imports nothing of VS Code.

import { execAnswers, patchAnswers, type Answer } from "../chat/view/scope";
import type { Question } from "../session/known";

/** The answers that can be given, the one that allows least first; stopping the task is a command of its own. */
export function answers(question: Question): Answer[] {
  const all =
    question.kind === "exec"
      ? execAnswers({ ...question, type: "exec_approval_request" })
      : patchAnswers({
          type: "apply_patch_approval_request",
          changes: {},
          ...(question.grantRoot === undefined ? {} : { grant_root: question.grantRoot }),
        });
  return all.filter(({ decision }) => decision !== "abort").map((answer) => ({ ...answer, scope: visible(answer.scope) }));
}

/** The whole question as one paragraph, for a dialog that folds lines together. */
export function paragraph(question: Question, short: (path: string) => string): string {
  const what =
    question.kind === "exec"
      ? `Run \`${commandLine(question.command)}\` in ${visible(question.cwd)}?`
      : `Apply changes to ${question.files.map((file) => visible(short(file))).join(", ")}?`;
  const why = question.reason === undefined ? "" : ` ${sentence(visible(question.reason))}`;
  const covers = answers(question)
    .filter((answer) => answer.decision !== "denied")
    .map((answer) => `“${answer.label}”: ${answer.scope}.`)
    .join(" ");
  return `${what}${why} ${covers}`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** A command as one would type it; a script that a shell runs is shown as such. */
export function commandLine(command: readonly string[]): string {
  const [shell, flag, script] = command;
  if (command.length === 3 && script !== undefined && /^(.*\/)?(ba|z|da|k)?sh$/.test(shell ?? "") && /^-l?c$/.test(flag ?? "")) {
    return visible(script);
  }
  return command.map((word) => (/^[\w\-./:=,@%+]+$/.test(word) ? word : `'${visible(word.replaceAll("'", String.raw`'\''`))}'`)).join(" ");
}

/** The text with everything escaped that would not be shown, or would change the order of the rest. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (letter) => {
      if (letter === "\n") return String.raw`\n`;
      if (letter === "\t") return String.raw`\t`;
      return `\\u{${letter.charCodeAt(0).toString(16)}}`;
    },
  );
}
