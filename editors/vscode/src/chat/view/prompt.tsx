// Where the person writes: text with completion, pictures, what was said before. What is
// written is kept until it has been taken.

import type { VNode } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Completion } from "../messages";
import { commandOf, completed, isPicture, mentions, offers, refusal, wordAt, type Word } from "./compose";
import { Icon, IconButton } from "./icons";
import { plural } from "./text";
import type { Draft, Store } from "./store";

interface Popup {
  word: Word;
  items: readonly Completion[];
  at: number;
}

interface Props {
  store: Store;
  /** What was said before, the oldest first. */
  said: readonly string[];
  isRunning: boolean;
  /** Why nothing can be asked now. */
  blocked: string | undefined;
  initial: Draft;
  onDraft: (draft: Draft) => void;
  onQuestion: () => boolean;
  root: string | undefined;
}

function asDataUri(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      if (typeof reader.result === "string") resolve(reader.result);
      else reject(new Error("it could not be read"));
    };
    reader.onerror = () => {
      reject(reader.error ?? new Error("it could not be read"));
    };
    reader.readAsDataURL(file);
  });
}

function Options({ id, popup, onChoose }: { id: string; popup: Popup; onChoose: (item: Completion) => void }): VNode {
  const list = useRef<HTMLUListElement>(null);
  useLayoutEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [popup.at]);
  return (
    <ul class="completions" role="listbox" tabIndex={0} id={id} aria-label="Suggestions" ref={list}>
      {popup.items.map((item, index) => (
        <li
          key={item.insert}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === popup.at}
          onMouseDown={(event) => {
            // The prompt keeps the focus.
            event.preventDefault();
            onChoose(item);
          }}
        >
          <bdi class="completion-label">{item.label}</bdi>
          {item.detail !== undefined && <bdi class="completion-detail">{item.detail}</bdi>}
        </li>
      ))}
    </ul>
  );
}

export function Prompt({ store, said, isRunning, blocked, initial, onDraft, onQuestion, root }: Props): VNode {
  const area = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const [text, setText] = useState(initial.text);
  const [images, setImages] = useState(initial.images);
  const [popup, setPopup] = useState<Popup | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [isOver, setOver] = useState(false);
  const asked = useRef<{ request: number; word: Word } | undefined>(undefined);
  /** Which of what was said is shown, from the end, and what was written before. */
  const past = useRef<{ back: number; draft: string }>({ back: 0, draft: "" });
  const cursor = useRef<number | undefined>(undefined);
  const current = useRef<Draft>({ text, images });
  current.current = { text, images };

  const write = (next: string, at?: number) => {
    setText(next);
    current.current = { ...current.current, text: next };
    cursor.current = at ?? next.length;
  };

  useEffect(() => {
    onDraft({ text, images });
  }, [text, images]);

  useLayoutEffect(() => {
    const element = area.current;
    if (!element || cursor.current === undefined) return;
    element.setSelectionRange(cursor.current, cursor.current);
    cursor.current = undefined;
  }, [text]);

  const complete = (value: string, at: number) => {
    const word = wordAt(value, at);
    if (!word) {
      asked.current = undefined;
      setPopup(undefined);
      return;
    }
    const request = store.request();
    asked.current = { request, word };
    store.post({ type: "complete", request, text: word.text });
    const own = offers(word, []);
    // What was found for a shorter word stays until the answer comes.
    setPopup((before) => (own.length > 0 ? { word, items: own, at: 0 } : before ? { ...before, word } : undefined));
  };

  useLayoutEffect(() => {
    store.prompt = {
      focus: () => area.current?.focus(),
      insert: (piece, focus) => {
        const element = area.current;
        const before = current.current.text;
        const from = element?.selectionStart ?? before.length;
        const to = element?.selectionEnd ?? before.length;
        const space = from > 0 && !/\s$/.test(before.slice(0, from)) && !/^\s/.test(piece) ? " " : "";
        write(before.slice(0, from) + space + piece + before.slice(to), from + space.length + piece.length);
        if (focus) element?.focus();
      },
      restore: (draft) => {
        const before = current.current;
        write(before.text === "" ? draft.text : `${draft.text}\n${before.text}`);
        setImages([...draft.images, ...before.images]);
      },
      completions: (request, found) => {
        const waited = asked.current;
        if (waited?.request !== request) return;
        const items = offers(waited.word, found);
        setPopup(items.length === 0 ? undefined : { word: waited.word, items, at: 0 });
      },
    };
    return () => {
      store.prompt = undefined;
    };
  }, [store]);

  const send = () => {
    const written = current.current;
    const words = written.text.trim();
    if ((words === "" && written.images.length === 0) || blocked !== undefined) return;
    const command = written.images.length === 0 ? commandOf(words) : undefined;
    if (command) store.post({ type: "command", command });
    else store.say({ text: words, images: written.images });
    write("");
    setImages([]);
    setPopup(undefined);
    setTrouble(undefined);
    past.current = { back: 0, draft: "" };
  };

  const choose = (item: Completion) => {
    const element = area.current;
    if (!popup || !element) return;
    const next = completed(text, popup.word, element.selectionStart, item.insert);
    write(next.text, next.cursor);
    setPopup(undefined);
    asked.current = undefined;
    // A folder goes on with what is in it.
    if (item.insert.endsWith("/")) complete(next.text, next.cursor);
  };

  const recall = (step: number): boolean => {
    const { back, draft } = past.current;
    const next = back + step;
    if (next < 0 || next > said.length) return false;
    past.current = { back: next, draft: back === 0 ? text : draft };
    const value = next === 0 ? past.current.draft : said[said.length - next] ?? "";
    write(value, step > 0 ? 0 : value.length);
    return true;
  };

  const press = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const element = area.current;
    if (!element) return;
    if (popup) {
      const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const item = popup.items[popup.at];
      const isExact = item?.insert === text.trim() && commandOf(text) !== undefined;
      if (step !== 0) {
        setPopup({ ...popup, at: (popup.at + step + popup.items.length) % popup.items.length });
      } else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && item && !isExact) {
        choose(item);
      } else if (event.key === "Escape") {
        asked.current = undefined;
        setPopup(undefined);
      } else if (event.key === "Enter" && isExact) {
        send();
      } else {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const { selectionStart: at, selectionEnd: to } = element;
    const isPlain = !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      send();
    } else if (event.key === "ArrowUp" && isPlain && at === to && at === 0) {
      if (recall(1)) event.preventDefault();
    } else if (event.key === "ArrowDown" && isPlain && at === to && (at === text.length || (past.current.back > 0 && at === 0))) {
      if (recall(-1)) event.preventDefault();
    } else if (event.key === "Escape" && onQuestion()) {
      event.preventDefault();
    }
  };

  const take = async (files: readonly File[]) => {
    setTrouble(undefined);
    for (const file of files) {
      const why = refusal(file, current.current.images);
      if (why !== undefined) {
        setTrouble(why);
        continue;
      }
      try {
        const uri = await asDataUri(file);
        const all = [...current.current.images, uri];
        current.current = { ...current.current, images: all };
        setImages(all);
      } catch (error) {
        setTrouble(`${file.name} was not taken: ${error instanceof Error ? error.message : "it could not be read"}`);
      }
    }
  };

  const paste = (event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void take(files);
  };

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const data = event.dataTransfer;
    if (!data) return;
    const named = mentions(data.getData("application/vnd.code.uri-list") || data.getData("text/uri-list"), root);
    const files = [...data.files];
    if (files.length > 0 && (named === "" || files.some((file) => file.type.startsWith("image/")))) void take(files);
    else if (named !== "") store.prompt?.insert(`${named} `, true);
    else if (data.getData("text/plain") !== "") store.prompt?.insert(data.getData("text/plain"), true);
  };

  const canSend = blocked === undefined && (text.trim() !== "" || images.length > 0);
  const options = `${id}-options`;
  return (
    <form
      class={`prompt ${isOver ? "is-over" : ""}`}
      aria-label="Message to Tiro"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => { setOver(false); }}
      onDrop={drop}
    >
      {popup && <Options id={options} popup={popup} onChoose={choose} />}
      {trouble !== undefined && <p class="trouble" role="alert"><Icon name="warning" /> <span>{trouble}</span></p>}
      {images.length > 0 && (
        <ul class="pictures" aria-label={plural(images.length, "picture")}>
          {images.map((image, index) => (
            <li key={index}>
              {isPicture(image) && <img src={image} alt={`Picture ${index + 1}`} />}
              <IconButton icon="close" label={`Remove picture ${index + 1}`} onClick={() => { setImages(images.filter((_, each) => each !== index)); }} />
            </li>
          ))}
        </ul>
      )}
      <div class="prompt-box">
        <textarea
          ref={area}
          rows={1}
          value={text}
          dir="auto"
          aria-label="Message to Tiro"
          aria-autocomplete="list"
          aria-haspopup="listbox"
          {...(popup ? { "aria-controls": options, "aria-activedescendant": `${options}-${popup.at}` } : {})}
          placeholder={isRunning ? "Say something to the running task" : "Ask Tiro, @ for context, / for commands"}
          onInput={(event) => {
            const element = event.currentTarget;
            past.current = { back: 0, draft: "" };
            setText(element.value);
            current.current = { ...current.current, text: element.value };
            complete(element.value, element.selectionStart);
          }}
          onKeyDown={press}
          onPaste={paste}
          onBlur={() => { setPopup(undefined); }}
        />
        <div class="prompt-actions">
          {isRunning && <IconButton icon="stop" class="stop" label="Stop the task" onClick={() => { store.op({ type: "interrupt" }); }} />}
          <button type="submit" class="icon-button send" aria-label="Send" title={blocked ?? "Send (Enter)"} disabled={!canSend}><Icon name="send" /></button>
        </div>
      </div>
      <p class="visually-hidden" role="status">{popup ? plural(popup.items.length, "suggestion") : ""}</p>
    </form>
  );
}
