// The whole view: the state of the session, the talk, what waits, the prompt.

import type { VNode } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { SessionState } from "../messages";
import { goTo, Waiting } from "./approval";
import { Icon } from "./icons";
import type { Kept } from "./host";
import { Log } from "./log";
import { Prompt } from "./prompt";
import type { Draft, Store, ViewState } from "./store";
import { grouped, tokens } from "./text";
import { Actions, type TextActions } from "./text-view";
import { waiting, type Transcript } from "./transcript";

type Command = Parameters<Store["post"]>[0] & { type: "command" };

interface Advice {
  title: string;
  text: string;
  buttons: { label: string; command: Command["command"] }[];
  /** Whether nothing can be asked. */
  isBlocked: boolean;
}

function advice(session: SessionState | undefined): Advice | undefined {
  const problem = session?.problem;
  switch (session?.server) {
    case "noFolder":
      return {
        title: "No folder is open",
        text: problem ?? "Tiro works on the files of a folder. Open one to begin.",
        buttons: [{ label: "Open Folder", command: "workbench.action.files.openFolder" }],
        isBlocked: true,
      };
    case "untrusted":
      return {
        title: "This workspace is not trusted",
        text: problem ?? "Tiro runs commands and changes files, so it does nothing until you trust the folder.",
        buttons: [{ label: "Manage Workspace Trust", command: "workbench.trust.manage" }],
        isBlocked: true,
      };
    case "missing":
      return {
        title: "The Tiro program was not found",
        text: problem ?? "There is none for this platform in the extension. Set where it is in the settings.",
        buttons: [{ label: "Open Settings", command: "tiro.openSettings" }, { label: "Try Again", command: "tiro.restart" }, { label: "Show Log", command: "tiro.log" }],
        isBlocked: true,
      };
    case "ended":
      return {
        title: "The server ended",
        text: problem ?? "What was said is kept.",
        buttons: [{ label: "Restart", command: "tiro.restart" }, { label: "Show Log", command: "tiro.log" }],
        isBlocked: false,
      };
    case "starting":
    case "ready":
      return problem === undefined ? undefined : {
        title: "Tiro cannot answer yet",
        text: problem,
        buttons: [{ label: "Set API Key", command: "tiro.setApiKey" }, { label: "Choose Model", command: "tiro.model" }, { label: "Run Doctor", command: "tiro.doctor" }],
        isBlocked: false,
      };
    case undefined:
      return undefined;
  }
}

function Banner({ advice: { title, text, buttons }, store }: { advice: Advice; store: Store }): VNode {
  return (
    <section class="banner" aria-label={title}>
      <h2><Icon name="warning" /> {title}</h2>
      <p>{text}</p>
      <div class="buttons">
        {buttons.map(({ label, command }, index) => (
          <button key={command} type="button" class={index === 0 ? "primary" : ""} onClick={() => { store.post({ type: "command", command }); }}>{label}</button>
        ))}
      </div>
    </section>
  );
}

const suggestions = [
  "What does this project do, and where does it begin?",
  "Run the tests and fix what fails",
  "Explain @selection",
];

function Welcome({ store, name }: { store: Store; name: string | undefined }): VNode {
  return (
    <section class="welcome" aria-label="First steps">
      <h2>{name === undefined ? "Ask Tiro" : `Ask Tiro about ${name}`}</h2>
      <p>Tiro reads the project, runs commands in a sandbox, and proposes changes that you take hunk by hunk.</p>
      <ul>
        {suggestions.map((text) => (
          <li key={text}><button type="button" class="suggestion" onClick={() => { store.prompt?.insert(text, true); }}>{text}</button></li>
        ))}
      </ul>
      <dl>
        <dt><kbd>@</kbd></dt><dd>mentions files, symbols, the selection, problems, the terminal</dd>
        <dt><kbd>/</kbd></dt><dd>is a command: sessions, model, restore</dd>
        <dt><kbd>↑</kbd></dt><dd>is what you said before</dd>
        <dt><kbd>Esc</kbd></dt><dd>goes to a question that waits</dd>
      </dl>
      <p class="facts">Paste or drop a picture to show it.</p>
      <p><button type="button" class="link" onClick={() => { store.post({ type: "command", command: "tiro.sessions" }); }}>Go on with an earlier session</button></p>
    </section>
  );
}

function Footer({ session, transcript, store }: { session: SessionState | undefined; transcript: Transcript; store: Store }): VNode {
  const used = transcript.tokens;
  const model = session?.model ?? transcript.model;
  const details = used && [
    `${grouped(used.input_tokens)} in`,
    `${grouped(used.cached_input_tokens)} of them cached`,
    `${grouped(used.output_tokens)} out`,
    `${grouped(used.reasoning_output_tokens)} of them reasoning`,
  ].join(", ");
  return (
    <footer class="footer">
      <button type="button" class="link quiet" title="Choose the model" onClick={() => { store.post({ type: "command", command: "tiro.model" }); }}>
        <span class="visually-hidden">Model: </span>{model ?? "no model"}
      </button>
      {session?.server === "starting" && <span>starting …</span>}
      {used && <span class="tokens" title={details}>{tokens(used.total_tokens)} tokens<span class="visually-hidden">: {details}</span></span>}
    </footer>
  );
}

interface Props {
  state: ViewState;
  store: Store;
  kept: Kept;
  onDraft: (draft: Draft) => void;
  onScroll: (fromEnd: number | undefined) => void;
}

export function App({ state, store, kept, onDraft, onScroll }: Props): VNode {
  const { transcript, session } = state;
  const actions = useMemo<TextActions>(() => ({
    copy: (text) => { store.post({ type: "copy", text }); },
    insert: (text) => { store.post({ type: "insertCode", text }); },
    compare: (text) => { store.post({ type: "compareCode", text }); },
    follow: (target) => {
      if (target.kind === "web") store.post({ type: "openLink", href: target.href });
      else store.post({ type: "open", path: target.path, ...(target.line === undefined ? {} : { line: target.line }) });
    },
  }), [store]);
  const said = useRef<{ entries: Transcript["entries"]; texts: string[] }>({ entries: [], texts: [] });
  if (said.current.entries !== transcript.entries) {
    said.current = { entries: transcript.entries, texts: transcript.entries.flatMap((entry) => (entry.kind === "said" && entry.text !== "" ? [entry.text] : [])) };
  }
  const tip = advice(session);
  const asked = waiting(transcript).filter((entry) => !state.answering.has(entry.key));
  const isRunning = session?.running ?? transcript.running;
  const blocked = isRunning ? "Stop the task to say this anew" : tip?.isBlocked ? tip.title : undefined;
  const isEmpty = state.isThere && transcript.entries.length === 0 && !tip?.isBlocked;
  return (
    <Actions.Provider value={actions}>
      <div class="chat">
        {tip && <Banner advice={tip} store={store} />}
        <Log transcript={transcript} store={store} root={session?.root} answering={state.answering} talk={state.talk} isRunning={isRunning} blocked={blocked} scroll={kept.scroll} onScroll={onScroll}>
          {isEmpty ? <Welcome store={store} name={session?.rootName} /> : null}
        </Log>
        <Waiting entries={asked} root={session?.root} />
        {state.problem !== undefined && (
          <div class="trouble" role="alert">
            <Icon name="warning" /> <span>{state.problem}</span>
            <button type="button" class="link" onClick={() => { store.dismiss(); }}>Dismiss</button>
          </div>
        )}
        <Prompt
          store={store}
          said={said.current.texts}
          isRunning={isRunning}
          blocked={tip?.isBlocked ? tip.title : undefined}
          initial={{ text: kept.draft, images: kept.images ?? [] }}
          onDraft={onDraft}
          onQuestion={() => goTo(store.open()[0])}
          root={session?.root}
        />
        <Footer session={session} transcript={transcript} store={store} />
      </div>
      <p class="visually-hidden" role="status" aria-live="polite">{state.announcement}</p>
    </Actions.Provider>
  );
}
