// The editor on the other side of the page. Nothing else here knows how it is reached.

import type { FromView } from "../messages";

/** What outlives the page: what was typed and where the person read. The talk comes again by `reset`. */
export interface Kept {
  draft: string;
  /** Pictures of the draft, `data:` URIs, where they are not too large to be written with every word. */
  images?: readonly string[];
  /** Distance from the end in pixels; undefined where the view follows the end. */
  scroll?: number;
}

export interface Host {
  post: (message: FromView) => void;
  kept: () => Kept;
  keep: (kept: Kept) => void;
}

interface VsCodeApi {
  postMessage: (message: unknown) => void;
  getState: () => unknown;
  setState: (state: unknown) => void;
}

declare function acquireVsCodeApi(): VsCodeApi;

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null || !("draft" in value) || typeof value.draft !== "string") return false;
  if ("images" in value && !(Array.isArray(value.images) && value.images.every((image) => typeof image === "string"))) return false;
  return !("scroll" in value) || typeof value.scroll === "number";
}

export function connect(): Host {
  const api = acquireVsCodeApi();
  return {
    post: (message) => {
      api.postMessage(message);
    },
    kept: () => {
      const state = api.getState();
      return isKept(state) ? state : { draft: "" };
    },
    keep: (kept) => {
      api.setState(kept);
    },
  };
}
