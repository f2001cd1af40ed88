// Timings of the view, from a performance trace of the browser: 20 000 pieces of an answer
// and 5 000 lines of a command, while the person scrolls. Fails when a task of the page
// takes more than 50 ms of the processor or the page more than 150 MB.
//
// node scripts/bench-view.mjs

import type { Browser, CDPSession } from "playwright-core";
import type { EventMsg } from "../../../protocol";
import { bundle, launch, of, open, type View } from "./harness";

const DELTAS = 20_000;
const LINES = 5_000;
const LONGEST_TASK = 50;
const MOST_MEMORY = 150;

/** What an answer is made of: prose, lists, code, tables, in pieces of a few characters as models send them. */
function pieces(): string[] {
  const section = (number: number) => `## Part ${number}

The function \`step_${number}\` in \`src/part_${number}.rs:${number}\` decides **what** is done next, and *when*; see [the page](https://example.org/${number}).

- it takes what it gets
- it gives what it has, as \`Option<T>\`

\`\`\`rust
/// One of many.
pub fn step_${number}(input: &[u32]) -> Option<u32> {
    let mut sum = 0;
    for value in input {
        sum += value * ${number}; // what it costs
    }
    (sum > 0).then_some(sum)
}
\`\`\`

| name | value |
|------|------:|
| a    | ${number} |

`;
  const found: string[] = [];
  for (let number = 1; found.length < DELTAS; number++) {
    const text = section(number);
    for (let at = 0; at < text.length && found.length < DELTAS; at += 5) found.push(text.slice(at, at + 5));
  }
  return found;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string; data?: { frames?: { url: string }[] } };
}

async function trace(session: CDPSession, run: () => Promise<void>): Promise<TraceEvent[]> {
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  const complete = new Promise((resolve) => {
    session.once("Tracing.tracingComplete", resolve);
  });
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"] } });
  await run();
  await session.send("Tracing.end");
  await complete;
  return events;
}

interface Task {
  /** Milliseconds by the clock, and of the processor: on a machine that does other things too, only these tell of the page. */
  wall: number;
  thread: number;
  /** What took longest in it. */
  parts: string;
}

/** The tasks of the page's main thread, the longest first. */
function tasks(events: readonly TraceEvent[]): Task[] {
  const main = new Set(events.filter((event) => event.name === "thread_name" && event.args?.name === "CrRendererMain").map((event) => `${event.pid}/${event.tid}`));
  const own = events.filter((event) => event.ph === "X" && main.has(`${event.pid}/${event.tid}`));
  const isTask = (event: TraceEvent) => event.name === "ThreadControllerImpl::RunTask" || event.name === "RunTask";
  const inside = (task: TraceEvent) => {
    const sums = new Map<string, number>();
    for (const event of own) {
      if (isTask(event) || event.ts < task.ts || event.ts >= task.ts + (task.dur ?? 0)) continue;
      sums.set(event.name, (sums.get(event.name) ?? 0) + (event.tdur ?? 0) / 1_000);
    }
    return [...sums].sort(([, one], [, other]) => other - one).slice(0, 6).map(([name, sum]) => `${name} ${sum.toFixed(0)}`).join(", ");
  };
  return own
    .filter(isTask)
    .sort((one, other) => (other.tdur ?? 0) - (one.tdur ?? 0))
    .map((event, index) => ({ wall: (event.dur ?? 0) / 1_000, thread: (event.tdur ?? 0) / 1_000, parts: index === 0 ? inside(event) : "" }));
}

async function heap(session: CDPSession, collect: boolean): Promise<number> {
  if (collect) await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  return (metrics.find((metric) => metric.name === "JSHeapUsedSize")?.value ?? 0) / 1024 / 1024;
}

/** Posts messages of `size` events, one each `pause` ms; the person scrolls meanwhile. */
async function feed(view: View, kind: "deltas" | "output", size: number, pause: number): Promise<void> {
  const messages = kind === "deltas" ? pieces() : Array.from({ length: LINES }, (_, line) => `\u001b[32m   Compiling\u001b[0m crate-${line} v0.${line}.0 (/home/me/shop/crates/crate-${line}) with a line as long as many are\n`);
  await view.page.evaluate(
    async ({ texts, count, delay, isOutput }) => {
      for (let at = 0; at < texts.length; at += count) {
        const events = texts.slice(at, at + count).map((text) => ({
          id: "1",
          msg: isOutput ? { type: "exec_command_output_delta", call_id: "c", stream: "stdout", chunk: text } : { type: "agent_message_delta", delta: text },
        }));
        window.postMessage({ type: "events", events }, "*");
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    },
    { texts: messages, count: size, delay: pause, isOutput: kind === "output" },
  );
}

/** A click that costs the page nothing but itself: a locator of Playwright looks at every element. */
async function press(view: View, selector: string): Promise<void> {
  await view.page.evaluate((each) => {
    document.querySelector<HTMLElement>(each)?.click();
  }, selector);
  await view.settle();
}

async function scrollMeanwhile(view: View, run: Promise<void>): Promise<void> {
  let isOver = false;
  const done = run.finally(() => {
    isOver = true;
  });
  await view.page.mouse.move(200, 300);
  for (let turn = 0; !isOver as boolean; turn++) {
    await view.page.mouse.wheel(0, turn % 20 < 10 ? -400 : 900);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await done;
}

async function measure(browser: Browser, name: string, run: (view: View) => Promise<void>): Promise<boolean> {
  const view = await open(browser, await bundle(), { state: { running: true } });
  const session = await view.page.context().newCDPSession(view.page);
  await session.send("Performance.enable");
  const began = performance.now();
  let most = 0;
  const watch = setInterval(() => {
    heap(session, false).then((megabytes) => {
      most = Math.max(most, megabytes);
    }, () => undefined);
  }, 250);
  const events = await trace(session, async () => {
    await run(view);
    await view.settle(10);
  });
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1_000;
  const all = tasks(events);
  const kept = await heap(session, true);
  const nodes = await view.page.evaluate(() => document.querySelectorAll("*").length);
  const longest = all.slice(0, 3).map((task) => task.thread.toFixed(1)).join(", ");
  const byClock = Math.max(...all.map((task) => task.wall)).toFixed(1);
  const over = all.filter((task) => task.thread > LONGEST_TASK).length;
  console.log(`${name}: ${seconds.toFixed(1)} s, ${all.length} tasks, longest ${longest} ms of the processor (${all[0]?.parts ?? ""}), ${byClock} ms by the clock, ${over} over ${LONGEST_TASK} ms; heap ${most.toFixed(0)} MB at most, ${kept.toFixed(0)} MB kept; ${nodes} elements`);
  await view.page.context().close();
  return all.length > 0 && over === 0 && most <= MOST_MEMORY;
}

const begin: EventMsg = { type: "exec_command_begin", call_id: "c", command: ["bash", "-lc", "cargo build"], cwd: "/home/me/shop" };

async function main(): Promise<void> {
  const browser = await launch();
  const results = [
    await measure(browser, "20 000 deltas, as a fast model sends them", async (view) => {
      await scrollMeanwhile(view, feed(view, "deltas", 40, 16));
    }),
    await measure(browser, "20 000 deltas at once", async (view) => {
      await feed(view, "deltas", 400, 0);
    }),
    await measure(browser, "5 000 lines of output, open", async (view) => {
      await view.events(begin);
      // Closed, and opened whole.
      for (let click = 0; click < 2; click++) await press(view, ".command .disclosure-button");
      await scrollMeanwhile(view, feed(view, "output", 20, 8));
    }),
    await measure(browser, "5 000 lines of output at once, then opened", async (view) => {
      await view.events(begin);
      await feed(view, "output", 500, 0);
      await view.events({ type: "exec_command_end", call_id: "c", stdout: "", stderr: "", exit_code: 1 });
      await press(view, ".command .more");
      for (let turn = 0; turn < 20; turn++) {
        await view.page.evaluate((top) => {
          document.querySelector(".output.full")?.scrollTo(0, top);
        }, turn * 4_000);
        await view.settle(2);
      }
    }),
    await measure(browser, "a talk of 20 000 deltas and 5 000 lines shown again", async (view) => {
      const answer = pieces().join("");
      const events = of([
        { type: "user_message", turn: 1, message: "go" },
        begin,
        { type: "exec_command_end", call_id: "c", stdout: "a line of the output of a command\n".repeat(LINES), stderr: "", exit_code: 1 },
        ...Array.from({ length: 10 }, (_, part) => ({ type: "agent_message", message: answer.slice((part * answer.length) / 10, ((part + 1) * answer.length) / 10) }) as const),
      ]);
      await view.post({ type: "reset", events });
      await view.settle(60);
    }),
  ];
  await browser.close();
  if (!results.every(Boolean)) process.exitCode = 1;
}

await main();
