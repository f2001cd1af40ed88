// What each answer to a question grants, in words that can be relied on. Pure.

import type { EventMsg, ReviewDecision, SandboxPermission } from "../../protocol";

export type ExecRequest = Extract<EventMsg, { type: "exec_approval_request" }>;
export type PatchRequest = Extract<EventMsg, { type: "apply_patch_approval_request" }>;

export interface Answer {
  decision: ReviewDecision;
  /** On its button. */
  label: string;
  /** Exactly what it does. */
  scope: string;
  /** The key that gives it when the question has the focus. */
  key: string;
}

const names: Readonly<Record<Extract<SandboxPermission, string>, string>> = {
  "disk-full-read-access": "reading every file",
  "disk-write-platform-user-temp-folder": "writing to a temporary directory",
  "disk-write-platform-global-temp-folder": "writing to the shared temporary directory",
  "disk-write-cwd": "writing to the workspace",
  "disk-full-write-access": "writing to every file",
  "network-full-access": "the network",
};

/** A permission in words; one that is not known, as it came. */
export function permission(of: SandboxPermission): string {
  if (typeof of === "string") return (names as Readonly<Record<string, string>>)[of] ?? of;
  return `writing to ${of["disk-write-folder"].folder}`;
}

function listed(permissions: readonly SandboxPermission[]): string {
  return permissions.map(permission).join(" and ");
}

const denied = (scope: string): Answer[] => [
  { decision: "denied", label: "Deny", scope, key: "d" },
  { decision: "abort", label: "Deny and stop", scope: `${scope}, and end the task`, key: "s" },
];

function allowed(once: string, session: string | undefined, deny: string): Answer[] {
  const always: Answer[] = session === undefined ? [] : [{ decision: "approved_for_session", label: "Allow for the session", scope: session, key: "A" }];
  return [{ decision: "approved", label: "Allow once", scope: once, key: "a" }, ...always, ...denied(deny)];
}

/** The answers to a question about a command. */
export function execAnswers(request: ExecRequest): Answer[] {
  if (request.unsandboxed) {
    return allowed(
      "run it without the sandbox",
      "always run this very command in this very directory without the sandbox",
      "don't run it without the sandbox",
    );
  }
  if (request.permissions && request.permissions.length > 0) {
    const what = listed(request.permissions);
    return allowed(`allow ${what} this once`, `allow ${what} to every command of the session`, "don't allow it");
  }
  return allowed(
    "run it once, in the sandbox",
    "run this very command in this very directory without asking, in the sandbox, for the session",
    "don't run it",
  );
}

/** What a question about a command asks, in a line. */
export function execTitle(request: ExecRequest): string {
  if (request.unsandboxed) return "Run without the sandbox?";
  if (request.permissions && request.permissions.length > 0) return "Allow what the sandbox stopped?";
  return "Run this command?";
}

/** The answers to a question about changes. */
export function patchAnswers(request: PatchRequest): Answer[] {
  const root = request.grant_root;
  const session = root
    ? `apply them, and for the session allow changes of every file in ${root}, and commands to write there`
    : undefined;
  const [once, ...others] = allowed("apply the changes that are not rejected", session, "don't apply them");
  const [first, ...rest] = once ? [{ ...once, label: "Accept all" }, ...others] : others;
  const renamed = rest.map((answer): Answer => (answer.decision === "denied" ? { ...answer, label: "Reject all" } : answer));
  return first ? [first, ...renamed] : renamed;
}

/** What was answered, in a word or two. */
export function answered(decision: ReviewDecision): string {
  switch (decision) {
    case "approved":
      return "allowed once";
    case "approved_for_session":
      return "allowed for the session";
    case "denied":
      return "denied";
    case "abort":
      return "denied, and the task ended";
  }
}
