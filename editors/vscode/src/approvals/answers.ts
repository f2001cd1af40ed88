// What each answer to a question covers, in words. The server decides what a decision does;
// this says it. Imports nothing of VS Code.

import type { ReviewDecision, SandboxPermission } from "../protocol";
import type { Question } from "../session/known";

export interface Answer {
  decision: ReviewDecision;
  /** For a button. */
  title: string;
  /** What it covers, exactly. */
  scope: string;
}

const PERMISSIONS: Record<Extract<SandboxPermission, string>, string> = {
  "disk-full-read-access": "reading every file",
  "disk-write-platform-user-temp-folder": "a temporary directory",
  "disk-write-platform-global-temp-folder": "the shared temporary directory",
  "disk-write-cwd": "writing the workspace",
  "disk-full-write-access": "writing every file",
  "network-full-access": "the network",
};

/** What a permission allows. */
export function named(permission: SandboxPermission): string {
  return typeof permission === "string" ? PERMISSIONS[permission] : `writing ${visible(permission["disk-write-folder"].folder)}`;
}

/** The answers that can be given, the one that allows least first. */
export function answers(question: Question): Answer[] {
  if (question.kind === "patch") {
    const root = question.grantRoot;
    return [
      { decision: "approved", title: "Apply", scope: "applies the changes that are not rejected" },
      ...(root === undefined
        ? []
        : [
            {
              decision: "approved_for_session" as const,
              title: "Apply, and allow this folder",
              scope: `applies them, and for the session allows changes of every file in ${visible(root)}, and commands to write there`,
            },
          ]),
      { decision: "denied", title: "Don't apply", scope: "leaves the files as they are" },
    ];
  }
  if (question.unsandboxed) {
    return [
      { decision: "approved", title: "Run without the sandbox", scope: "runs it once without the sandbox" },
      {
        decision: "approved_for_session",
        title: "Always run this without it",
        scope: "for the session runs this very command in this very directory without the sandbox and without asking",
      },
      { decision: "denied", title: "Don't run", scope: "does not run it" },
    ];
  }
  if (question.permissions.length > 0) {
    const what = question.permissions.map(named).join(" and ");
    return [
      { decision: "approved", title: "Allow once", scope: `allows ${what} for this run` },
      {
        decision: "approved_for_session",
        title: "Allow for this session",
        scope: `allows ${what} to every command of the session`,
      },
      { decision: "denied", title: "Don't allow", scope: "does not allow it" },
    ];
  }
  return [
    { decision: "approved", title: "Run once", scope: "runs it once, in the sandbox" },
    {
      decision: "approved_for_session",
      title: "Always run here",
      scope: "for the session runs this very command in this very directory, in the sandbox, without asking",
    },
    { decision: "denied", title: "Don't run", scope: "does not run it" },
  ];
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
    .map((answer) => `“${answer.title}” ${answer.scope}.`)
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
