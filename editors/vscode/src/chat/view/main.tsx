// Begins the view: connects it to the editor and draws its state whenever that changes.

import { render } from "preact";
import type { ToView } from "../messages";
import { App } from "./app";
import { connect } from "./host";
import { Store, type Draft, type ViewState } from "./store";
import "./style.css";

/** Characters of pictures that outlive the page. */
const MOST_KEPT = 4_000_000;

const host = connect();
const kept = { ...host.kept() };
let isDue = false;

function keep(): void {
  isDue = false;
  host.keep(kept);
}

/** Not with every key: what is kept is written a moment later, and when the page goes. */
function keepSoon(): void {
  if (isDue) return;
  isDue = true;
  setTimeout(keep, 250);
}

function onDraft({ text, images }: Draft): void {
  kept.draft = text;
  kept.images = images.reduce((sum, { length }) => sum + length, 0) <= MOST_KEPT ? images : [];
  keepSoon();
}

function onScroll(fromEnd: number | undefined): void {
  if (fromEnd === undefined) delete kept.scroll;
  else kept.scroll = fromEnd;
  keepSoon();
}

const root = document.getElementById("root") ?? document.body;

function draw(state: ViewState): void {
  render(<App state={state} store={store} kept={kept} onDraft={onDraft} onScroll={onScroll} />, root);
}

const store: Store = new Store(host, draw);
draw(store.state);
addEventListener("message", (event: MessageEvent<ToView>) => {
  store.take(event.data);
});
addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) keep();
});
host.post({ type: "ready" });
