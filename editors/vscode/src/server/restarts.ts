// How soon a server that ended by itself is started again, and when no more. Imports nothing of VS Code.

/** Milliseconds before each start in a row. */
const DELAYS = [500, 1000, 2000, 4000, 8000] as const;

/** How long a server has to live for its end to be the first of a new row. */
const LONG = 60_000;

export class Restarts {
  #ended = 0;
  #since: number | undefined;

  /** It answers. */
  ready(now: number): void {
    this.#since = now;
  }

  /** It ended. Milliseconds to wait before the next start; none when it is not started again. */
  ended(now: number): number | undefined {
    if (this.#since !== undefined && now - this.#since > LONG) this.#ended = 0;
    this.#since = undefined;
    const delay = DELAYS[this.#ended];
    this.#ended += 1;
    return delay;
  }

  /** The person starts it. */
  begin(): void {
    this.#ended = 0;
  }
}

/** In words, how a process ended. */
export function howItEnded(code: number | null, signal: string | null): string {
  return signal === null ? `with the exit code ${code ?? "?"}` : `by the signal ${signal}`;
}
