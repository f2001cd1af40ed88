// Questions: what is asked, why, and what exactly each answer grants. The keys of the
// answers work where the question has the focus, and it is never given the focus unasked.

import type { ComponentChildren, VNode } from "preact";
import { useId } from "preact/hooks";
import type { ReviewDecision } from "../../protocol";
import { ofHunk } from "./diff";
import { Counts, FileView, HunksView } from "./diff-view";
import { Icon } from "./icons";
import { memo } from "./memo";
import { answered, execAnswers, execTitle, patchAnswers, permission, type Answer } from "./scope";
import type { Store } from "./store";
import { baseName, firstLine, plural, shell, short, visible } from "./text";
import type { ExecApproval, Patch, Standing } from "./transcript";

/** The element of a question. */
function questionId(key: number): string {
  return `question-${key}`;
}

/** What a question is about, in a line. */
export function subject(entry: ExecApproval | Patch, root: string | undefined): string {
  if (entry.kind === "exec") return `$ ${firstLine(shell(entry.request.command))}`;
  return entry.files.map((file) => short(file.path, root)).join(", ");
}

interface QuestionProps {
  entryKey: number;
  title: string;
  answers: readonly Answer[];
  answering: ReviewDecision | undefined;
  store: Store;
  onAnswer: (decision: ReviewDecision) => void;
  children: ComponentChildren;
}

/** Goes to a question, if it is drawn. */
export function goTo(entry: ExecApproval | Patch | undefined): boolean {
  const element = entry && document.getElementById(questionId(entry.key));
  if (!element) return false;
  element.scrollIntoView({ block: "nearest" });
  element.focus({ preventScroll: true });
  return true;
}

function Question({ entryKey, title, answers, answering, store, onAnswer, children }: QuestionProps): VNode {
  const id = useId();
  const isOn = answering === undefined;
  const leave = () => {
    store.prompt?.focus();
  };
  const answer = (decision: ReviewDecision) => {
    onAnswer(decision);
    // The buttons go away: on to the next question, or back to where the person writes. The page does not show
    // yet what was answered a moment ago; the store knows.
    if (!goTo(store.open()[0])) leave();
  };
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const chosen = answers.find((each) => each.key === event.key);
    if (chosen && isOn && !event.repeat) {
      event.preventDefault();
      answer(chosen.decision);
    } else if (event.key === "Escape") {
      event.preventDefault();
      leave();
    }
  };
  return (
    <article id={questionId(entryKey)} class={`card question ${isOn ? "" : "is-answering"}`} tabIndex={-1} aria-labelledby={id} onKeyDown={press}>
      <h3 id={id}><Icon name="question" /> {title}</h3>
      {children}
      <div class="answers" role="group" aria-label="Your answer">
        {answers.map((each) => (
          <button
            key={each.decision}
            type="button"
            class={`answer is-${each.decision}`}
            disabled={!isOn}
            aria-keyshortcuts={each.key === "A" ? "Shift+A" : each.key}
            onClick={() => { answer(each.decision); }}
          >
            <span class="answer-label">{each.label} <kbd aria-hidden="true">{each.key}</kbd></span>
            <span class="scope">{visible(each.scope)}</span>
          </button>
        ))}
      </div>
      {!isOn && <p class="facts">Answered: {answered(answering)} …</p>}
    </article>
  );
}

function outcome(standing: Standing): string {
  return standing.state === "answered" ? answered(standing.decision) : "settled";
}

interface ExecProps {
  entry: ExecApproval;
  answering: ReviewDecision | undefined;
  root: string | undefined;
  store: Store;
}

export const ExecApprovalView = memo(function ExecApprovalView({ entry, answering, root, store }: ExecProps): VNode {
  const request = entry.request;
  const line = shell(request.command);
  if (entry.standing.state !== "waiting") {
    return (
      <p class="settled"><Icon name="question" /> <span>{execTitle(request)} <code dir="ltr">{firstLine(line)}</code> <em>{outcome(entry.standing)}</em></span></p>
    );
  }
  return (
    <Question
      entryKey={entry.key}
      title={execTitle(request)}
      answers={execAnswers(request)}
      answering={answering}
      store={store}
      onAnswer={(decision) => { store.answer(entry, decision); }}
    >
      <pre class="script" tabIndex={0} role="group" aria-label="Command" dir="ltr">{line}</pre>
      <dl class="facts">
        <dt>in</dt>
        <dd><code dir="ltr">{visible(request.cwd)}</code>{request.cwd === root ? " (the workspace folder)" : ""}</dd>
        {request.reason && <><dt>why</dt><dd>{visible(request.reason)}</dd></>}
        {request.permissions && request.permissions.length > 0 && <><dt>needs</dt><dd>{request.permissions.map(permission).map(visible).join(", ")}</dd></>}
      </dl>
    </Question>
  );
});

function Files({ entry, root, store, isOpen }: { entry: Patch; root: string | undefined; store: Store; isOpen: boolean }): VNode {
  return (
    <div class="files">
      {entry.files.map((file) => {
        const proposed = entry.proposal?.open ? entry.proposal.files.find((each) => each.path === file.path) : undefined;
        const hunks = entry.standing.state === "waiting" || proposed?.hunks.some((hunk) => hunk.state === "conflict") ? proposed : undefined;
        const rows = hunks?.hunks.reduce((count, hunk) => count + ofHunk(hunk).length, 0) ?? file.rows.length;
        const decide = (accept: boolean) => (hunk: string) => {
          store.op({ type: accept ? "accept_hunk" : "reject_hunk", proposal: entry.callId, hunk });
        };
        return (
          <FileView
            key={file.path}
            file={file}
            root={root}
            isOpen={isOpen && rows <= 400 && entry.files.length <= 6}
            onOpen={() => { store.post({ type: "open", path: entry.applied === "yes" ? file.movedTo ?? file.path : file.path }); }}
            onDiff={() => { store.post({ type: "openDiff", callId: entry.callId, path: file.path }); }}
          >
            {hunks && hunks.hunks.length > 0 && hunks.kind === "update"
              ? <HunksView file={hunks} isOpen actions={{ accept: decide(true), reject: decide(false) }} />
              : undefined}
          </FileView>
        );
      })}
    </div>
  );
}

function totals(entry: Patch): { added: number; deleted: number } {
  return entry.files.reduce((sum, file) => ({ added: sum.added + file.added, deleted: sum.deleted + file.deleted }), { added: 0, deleted: 0 });
}

function standing(entry: Patch): string {
  if (entry.applied === "yes") return entry.autoApproved ? "applied without asking" : "applied";
  if (entry.applied === "failed") return "not applied";
  if (entry.applied === "applying") return "is being applied";
  return entry.standing.state === "answered" ? entry.standing.decision.startsWith("approved") ? "accepted" : "rejected" : "not applied";
}

export const PatchView = memo(function PatchView({ entry, answering, root, store }: { entry: Patch; answering: ReviewDecision | undefined; root: string | undefined; store: Store }): VNode {
  const count = plural(entry.files.length, "file");
  if (entry.standing.state === "waiting" && entry.request) {
    return (
      <Question
        entryKey={entry.key}
        title={`Apply changes to ${count}?`}
        answers={patchAnswers(entry.request)}
        answering={answering}
        store={store}
        onAnswer={(decision) => { store.answer(entry, decision); }}
      >
        {entry.request.reason && <dl class="facts"><dt>why</dt><dd>{visible(entry.request.reason)}</dd></dl>}
        <Files entry={entry} root={root} store={store} isOpen />
      </Question>
    );
  }
  const isRejected = entry.applied === "no" || entry.applied === "failed";
  const says = entry.report?.split("\n") ?? [];
  const isWorthSaying = entry.applied === "failed" || says.length > entry.files.length;
  return (
    <article class={`card patch ${isRejected ? "is-rejected" : ""}`} aria-label={`Changes to ${entry.files.map((file) => baseName(file.path)).join(", ")}: ${standing(entry)}`}>
      <div class="card-bar">
        <span class="state"><Icon name={isRejected ? "cross" : entry.applied === "applying" ? "running" : "check"} /></span>
        <span class="card-title">Changes to {count}</span>
        <Counts {...totals(entry)} />
        <span class="how">{standing(entry)}</span>
      </div>
      <Files entry={entry} root={root} store={store} isOpen={false} />
      {isWorthSaying && <p class="report">{visible(entry.report ?? "")}</p>}
    </article>
  );
});

/** What waits, above the prompt, however far away the questions are. */
export function Waiting({ entries, root }: { entries: readonly (ExecApproval | Patch)[]; root: string | undefined }): VNode | null {
  if (entries.length === 0) return null;
  return (
    <section class="waiting" aria-label="Waiting for your answer">
      <p>{entries.length === 1 ? "Tiro waits for your answer" : `${entries.length} questions wait for your answer`} <span class="hint"><kbd>Esc</kbd> goes there</span></p>
      <ul>
        {entries.map((entry) => (
          <li key={entry.key}>
            <button type="button" class="link" onClick={() => { goTo(entry); }}>
              <bdi dir="ltr">{subject(entry, root)}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
