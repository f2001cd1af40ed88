// The entries of the talk that are no commands and no questions: what was said, answers,
// reasoning, plans, what a task changed, notices, errors.

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ReviewDecision } from "../../protocol";
import { ExecApprovalView, PatchView } from "./approval";
import { CommandView } from "./command";
import { isPicture } from "./compose";
import { Counts, FileView } from "./diff-view";
import { Icon, IconButton } from "./icons";
import { memo } from "./memo";
import type { Store } from "./store";
import { baseName, plural, visible, within } from "./text";
import { BlocksView, Disclosure, Plain } from "./text-view";
import type { Changed, Entry, Message, Plan, Reasoning, Said } from "./transcript";

interface SaidProps {
  entry: Said;
  store: Store;
  /** Why it cannot be said anew now. */
  blocked: string | undefined;
}

function Again({ entry, store, onDone }: { entry: Said; store: Store; onDone: () => void }): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(entry.text);
  useEffect(() => {
    area.current?.focus();
    area.current?.setSelectionRange(text.length, text.length);
  }, []);
  const send = () => {
    if (text.trim() === "" && entry.images.length === 0) return;
    store.resend(entry.turn, { text: text.trim(), images: entry.images });
    onDone();
    store.prompt?.focus();
  };
  return (
    <form
      class="again"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        ref={area}
        rows={Math.min(12, text.split("\n").length + 1)}
        value={text}
        dir="auto"
        aria-label="Edit what you said"
        onInput={(event) => { setText(event.currentTarget.value); }}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
            event.preventDefault();
            send();
          } else if (event.key === "Escape") {
            event.preventDefault();
            onDone();
            store.prompt?.focus();
          }
        }}
      />
      <p class="facts">What came after it is left out of the talk. Files stay as they are.</p>
      <div class="buttons">
        <button type="submit" class="primary">Send again</button>
        <button type="button" onClick={onDone}>Cancel</button>
      </div>
    </form>
  );
}

const SaidView = memo(function SaidView({ entry, store, blocked }: SaidProps): VNode {
  const [isEdited, edit] = useState(false);
  const pictures = entry.images.filter(isPicture);
  return (
    <article class="said" aria-label="You">
      {isEdited ? (
        <Again entry={entry} store={store} onDone={() => { edit(false); }} />
      ) : (
        <>
          <div class="said-text" dir="auto"><Plain text={entry.text} /></div>
          <IconButton icon="edit" class="edit" label={blocked ?? "Edit and send again"} disabled={blocked !== undefined} onClick={() => { edit(true); }} />
        </>
      )}
      {pictures.length > 0 && (
        <ul class="pictures" aria-label={plural(pictures.length, "picture")}>
          {pictures.map((image, index) => <li key={index}><img src={image} alt={`Picture ${index + 1}`} /></li>)}
        </ul>
      )}
      {entry.localImages.length > 0 && <p class="facts"><Icon name="image" /> {entry.localImages.map(baseName).join(", ")}</p>}
    </article>
  );
});

const MessageView = memo(function MessageView({ entry }: { entry: Message }): VNode {
  return (
    <article class="message" aria-label="Tiro" aria-busy={!entry.complete}>
      <BlocksView blocks={entry.blocks} />
    </article>
  );
});

const ReasoningView = memo(function ReasoningView({ entry }: { entry: Reasoning }): VNode {
  const [isOpen, open] = useState(false);
  return (
    <article class="reasoning" aria-label="Reasoning">
      <Disclosure isOpen={isOpen} onToggle={() => { open(!isOpen); }} summary={<span>{entry.complete ? "Reasoning" : "Thinking …"}</span>}>
        <BlocksView blocks={entry.blocks} />
      </Disclosure>
    </article>
  );
});

const steps = {
  completed: { icon: "check", words: "done" },
  in_progress: { icon: "arrow", words: "in progress" },
  pending: { icon: "circle", words: "to do" },
} as const;

const PlanView = memo(function PlanView({ entry }: { entry: Plan }): VNode {
  const done = entry.items.filter((item) => item.status === "completed").length;
  return (
    <article class="card plan" aria-label="Plan">
      <div class="card-bar"><span class="card-title">Plan</span><span class="how">{done} of {entry.items.length}</span></div>
      {entry.explanation !== undefined && <p class="facts">{visible(entry.explanation)}</p>}
      <ul>
        {entry.items.map((item, index) => (
          <li key={index} class={`is-${item.status}`}>
            <Icon name={steps[item.status].icon} />
            <span><span class="visually-hidden">{steps[item.status].words}: </span>{visible(item.step)}</span>
          </li>
        ))}
      </ul>
    </article>
  );
});

function whole(path: string, root: string | undefined): string {
  return root === undefined || /^(?:\/|[A-Za-z]:)/.test(path) ? path : `${root}/${path}`;
}

const ChangedView = memo(function ChangedView({ entry, root, store }: { entry: Changed; root: string | undefined; store: Store }): VNode {
  const [isOpen, open] = useState(false);
  const added = entry.files.reduce((sum, file) => sum + file.added, 0);
  const deleted = entry.files.reduce((sum, file) => sum + file.deleted, 0);
  return (
    <article class="card changed" aria-label="What this task changed">
      <Disclosure
        isOpen={isOpen}
        onToggle={() => { open(!isOpen); }}
        summary={<><span class="card-title">This task changed {plural(entry.files.length, "file")}</span> <Counts added={added} deleted={deleted} /></>}
        beside={<button type="button" class="link" onClick={() => { store.post({ type: "command", command: "tiro.restore" }); }}>Restore …</button>}
      >
        <div class="files">
          {entry.files.map((file) => (
            <FileView key={file.path} file={file} root={root} isOpen={entry.files.length === 1} onOpen={() => { store.post({ type: "open", path: whole(file.movedTo ?? file.path, root) }); }} />
          ))}
        </div>
      </Disclosure>
    </article>
  );
});

interface Props {
  entry: Entry;
  store: Store;
  root: string | undefined;
  answering: ReviewDecision | undefined;
  /** Why nothing can be said anew now. */
  blocked: string | undefined;
}

export const EntryView = memo(function EntryView({ entry, store, root, answering, blocked }: Props): VNode {
  switch (entry.kind) {
    case "said":
      return <SaidView entry={entry} store={store} blocked={blocked} />;
    case "message":
      return <MessageView entry={entry} />;
    case "reasoning":
      return <ReasoningView entry={entry} />;
    case "command":
      return <CommandView entry={entry} root={root} />;
    case "exec":
      return <ExecApprovalView entry={entry} answering={answering} root={root} store={store} />;
    case "patch":
      return <PatchView entry={entry} answering={answering} root={root} store={store} />;
    case "plan":
      return <PlanView entry={entry} />;
    case "changed":
      return <ChangedView entry={entry} root={root} store={store} />;
    case "notice":
      return <p class="notice"><Plain text={within(entry.text, root)} /></p>;
    case "error":
      return <article class="card error" aria-label="Error"><Icon name="warning" /> <p><Plain text={within(entry.text, root)} /></p></article>;
  }
});
