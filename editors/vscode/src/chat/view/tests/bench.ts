// Timings of the view, from a performance trace of the browser: 20 000 pieces of an answer
// and 5 000 lines of a command, while the person scrolls. Fails when a task of the page
// takes more than 50 ms of the processor or its process more than 150 MB.
//
// node scripts/bench.mjs view

import type { Browser, CDPSession } from "playwright-core";
import type { EventMsg } from "../../../protocol";
import { bundle, launch, open, type View } from "./harness";
import { memory, traced, type Task, type Trace } from "./trace";

const DELTAS = 20_000;
const LINES = 5_000;
const LONGEST_TASK = 50;
const MOST_MEMORY = 150;

declare global {
  interface Window {
    tiroTexts: { deltas: string[]; output: string[] };
  }
}

const built = await bundle();

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

async function heap(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return (metrics.find((metric) => metric.name === "JSHeapUsedSize")?.value ?? 0) / 1024 / 1024;
}

/** Gives the page what will be posted, before it is watched. */
async function load(view: View): Promise<void> {
  const lines = Array.from({ length: LINES }, (_, line) => `\u001b[32m   Compiling\u001b[0m crate-${line} v0.${line}.0 (/home/me/shop/crates/crate-${line}) with a line as long as many are\n`);
  await view.page.evaluate((texts) => {
    window.tiroTexts = texts;
  }, { deltas: pieces(), output: lines });
}

/** Posts messages of `size` events, one each `pause` ms. */
async function feed(view: View, kind: keyof Window["tiroTexts"], size: number, pause: number): Promise<void> {
  await view.page.evaluate(
    async ({ of, count, delay }) => {
      const texts = window.tiroTexts[of];
      for (let at = 0; at < texts.length; at += count) {
        const events = texts.slice(at, at + count).map((text) => ({
          id: "1",
          msg: of === "output" ? { type: "exec_command_output_delta", call_id: "c", stream: "stdout", chunk: text } : { type: "agent_message_delta", delta: text },
        }));
        window.postMessage({ type: "events", events }, "*");
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    },
    { of: kind, count: size, delay: pause },
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

/** The processes that show pages. */
async function renderers(browser: CDPSession): Promise<number[]> {
  const { processInfo } = await browser.send("SystemInfo.getProcessInfo");
  return processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
}

interface Size {
  /** Megabytes at most: the heap of JavaScript, and what the process has for itself. */
  heap: number;
  process: number;
  /** Of the process once all that is of no use was collected. */
  kept: number;
  elements: number;
}

/** Without a trace, which would take memory of the page's process itself. */
async function sized(browser: Browser, run: (view: View) => Promise<void>): Promise<Size> {
  const whole = await browser.newBrowserCDPSession();
  const before = new Set(await renderers(whole));
  const view = await open(browser, built, { state: { running: true } });
  await load(view);
  const session = await view.page.context().newCDPSession(view.page);
  await session.send("Performance.enable");
  // The browser also keeps a process for the next page: it is the smaller one.
  const pids = (await renderers(whole)).filter((pid) => !before.has(pid));
  const size: Size = { heap: 0, process: 0, kept: 0, elements: 0 };
  const look = async () => {
    size.heap = Math.max(size.heap, await heap(session));
    size.process = Math.max(size.process, ...memory(pids));
  };
  const watch = setInterval(() => {
    look().catch(() => undefined);
  }, 500);
  await run(view);
  await view.settle(10);
  clearInterval(watch);
  await look();
  await session.send("HeapProfiler.collectGarbage");
  await new Promise((resolve) => setTimeout(resolve, 500));
  size.kept = Math.max(...memory(pids));
  size.elements = await view.page.evaluate(() => document.querySelectorAll("*").length);
  await whole.detach();
  await view.page.context().close();
  return size;
}

async function timed(browser: Browser, run: (view: View) => Promise<void>): Promise<Trace & { seconds: number }> {
  const view = await open(browser, built, { state: { running: true } });
  await load(view);
  const session = await view.page.context().newCDPSession(view.page);
  const began = performance.now();
  const trace = await traced(session, async () => {
    await run(view);
    await view.settle(10);
  });
  const seconds = (performance.now() - began) / 1_000;
  await view.page.context().close();
  return { ...trace, seconds };
}

/** Runs it twice; whether it was as it should be. Only what is of the processor is judged: the clock also tells of other programs. */
async function measure(browser: Browser, name: string, run: (view: View) => Promise<void>): Promise<boolean> {
  const { tasks, parts, drawn, dropped, seconds } = await timed(browser, run);
  const size = await sized(browser, run);
  const longest = (of: keyof Task) => Math.max(0, ...tasks.map((task) => task[of])).toFixed(1);
  const over = (of: keyof Task) => tasks.filter((task) => task[of] > LONGEST_TASK).length;
  console.log(`${name}: ${seconds.toFixed(1)} s, ${tasks.length} tasks, ${size.elements} elements`);
  console.log(`  longest task ${longest("clock")} ms by the clock, ${longest("processor")} ms of the processor (${parts})`);
  console.log(`  tasks over ${LONGEST_TASK} ms: ${over("clock")} by the clock, ${over("processor")} of the processor; frames: ${drawn} drawn, ${dropped} dropped`);
  console.log(`  memory at most: heap of JavaScript ${size.heap.toFixed(0)} MB, process ${size.process.toFixed(0)} MB, ${size.kept.toFixed(0)} MB of it after a collection`);
  return tasks.length > 0 && over("processor") === 0 && size.process > 0 && size.process <= MOST_MEMORY;
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
      await view.page.evaluate(({ start }) => {
        const { deltas, output } = window.tiroTexts;
        const answer = deltas.join("");
        const part = Math.ceil(answer.length / 10);
        const msgs = [
          { type: "user_message", turn: 1, message: "go" },
          start,
          { type: "exec_command_end", call_id: "c", stdout: output.join(""), stderr: "", exit_code: 1 },
          ...Array.from({ length: 10 }, (_, index) => ({ type: "agent_message", message: answer.slice(index * part, (index + 1) * part) })),
        ];
        window.postMessage({ type: "reset", events: msgs.map((msg) => ({ id: "1", msg })) }, "*");
      }, { start: begin });
      await view.settle(60);
    }),
  ];
  await browser.close();
  if (!results.every(Boolean)) process.exitCode = 1;
}

await main();
