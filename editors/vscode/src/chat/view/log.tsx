// The talk: its entries, of which the last are drawn, and the end that it follows until
// the person reads further up.

import type { VNode } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ReviewDecision } from "../../protocol";
import { EntryView } from "./entries";
import { Icon } from "./icons";
import type { Store } from "./store";
import { plural } from "./text";
import type { Transcript } from "./transcript";

/** Entries that are drawn at first, how many more each frame, and when that ends. */
const FIRST = 4;
const STEP = 4;
const MOST = 80;
/** Pixels from the end that still are the end. */
const NEAR = 32;

interface Props {
  transcript: Transcript;
  store: Store;
  root: string | undefined;
  answering: ReadonlyMap<number, ReviewDecision>;
  /** Changes with another talk. */
  talk: number;
  isRunning: boolean;
  blocked: string | undefined;
  /** Pixels from the end where the person read last. */
  scroll: number | undefined;
  onScroll: (fromEnd: number | undefined) => void;
  children?: VNode | null;
}

export function Log({ transcript, store, root, answering, talk, isRunning, blocked, scroll, onScroll, children }: Props): VNode {
  const view = useRef<HTMLDivElement>(null);
  const inner = useRef<HTMLDivElement>(null);
  const [most, setMost] = useState(FIRST);
  const [follows, setFollows] = useState(scroll === undefined);
  const place = useRef({ follows: scroll === undefined, top: 0, height: 0, restore: scroll });

  const follow = (next: boolean) => {
    place.current.follows = next;
    setFollows(next);
  };
  const toEnd = () => {
    const element = view.current;
    if (!element) return;
    element.scrollTop = element.scrollHeight;
    place.current.top = element.scrollTop;
  };

  useEffect(() => {
    if (talk <= 1) return;
    setMost(FIRST);
    follow(true);
  }, [talk]);

  useLayoutEffect(() => {
    const { follows: isFollowing, restore } = place.current;
    const element = view.current;
    if (isFollowing) toEnd();
    else if (restore !== undefined && element && element.scrollHeight > element.clientHeight + restore) {
      element.scrollTop = element.scrollHeight - element.clientHeight - restore;
      place.current.restore = undefined;
    }
  });

  // A part that gets its real height, or a page that gets another width, keeps the end in sight.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      if (place.current.follows) toEnd();
    });
    if (view.current) observer.observe(view.current);
    if (inner.current) observer.observe(inner.current);
    return () => {
      observer.disconnect();
    };
  }, []);

  // The rest is drawn a little later, so that a long talk does not stop the page.
  const isPartial = most < MOST && most < transcript.entries.length;
  useEffect(() => {
    if (!isPartial) return;
    const frame = requestAnimationFrame(() => {
      setMost((before) => before + STEP);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [isPartial, most]);

  const scrolled = () => {
    const element = view.current;
    if (!element) return;
    const fromEnd = element.scrollHeight - element.clientHeight - element.scrollTop;
    const isUp = element.scrollTop < place.current.top - 2 && element.scrollHeight >= place.current.height;
    place.current.top = element.scrollTop;
    place.current.height = element.scrollHeight;
    if (fromEnd <= NEAR) {
      if (!place.current.follows) follow(true);
    } else if (isUp && place.current.follows) {
      follow(false);
    }
    onScroll(place.current.follows ? undefined : fromEnd);
  };

  const hidden = Math.max(0, transcript.entries.length - most);
  return (
    <div class="log-frame">
      <div class="log" role="log" aria-label="Conversation" aria-live="off" tabIndex={0} ref={view} onScroll={scrolled}>
        <div class="entries" ref={inner}>
          {hidden > 0 && !isPartial && (
            <button type="button" class="earlier" onClick={() => { setMost(most + MOST); }}>Show {plural(Math.min(hidden, MOST), "earlier entry", "earlier entries")}</button>
          )}
          {transcript.entries.slice(hidden).map((entry) => (
            <div class="entry" key={entry.key}>
              <EntryView entry={entry} store={store} root={root} answering={answering.get(entry.key)} blocked={entry.kind === "said" ? blocked : undefined} />
            </div>
          ))}
          {children}
          {isRunning && <p class="working"><span class="dots" aria-hidden="true"><span>·</span><span>·</span><span>·</span></span> <span>Tiro is working</span></p>}
        </div>
      </div>
      {!follows && (
        <button
          type="button"
          class="jump"
          onClick={() => {
            follow(true);
            toEnd();
          }}
        >
          <Icon name="down" /> To the end
        </button>
      )}
    </div>
  );
}
