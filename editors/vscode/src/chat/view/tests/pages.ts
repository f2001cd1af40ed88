// What the tests of the view in a browser share: a page for each, words for what happens, and
// looks at the whole page.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Locator } from "playwright-core";
import type { EventMsg } from "../../../protocol";
import { bundle, launch, needsBrowser, open, type Bundle, type Options, type View } from "./harness";

export const say = (turn: number, message: string): EventMsg => ({ type: "user_message", turn, message });
export const delta = (text: string): EventMsg => ({ type: "agent_message_delta", delta: text });
export const asks = (call_id: string, ...command: string[]): EventMsg => ({ type: "exec_approval_request", call_id, command, cwd: "/home/me/shop" });

/** Where the person writes. */
export const area = (view: View): Locator => view.page.getByRole("textbox", { name: "Message to Tiro" });

/** A page for a test, whose faults are none when it is over. */
export type OnPage = (name: string, options: Options, run: (view: View) => Promise<void>) => void;

/** Tests in one browser. */
export function inBrowser(name: string, tests: (page: OnPage) => void): void {
  void describe(name, needsBrowser, () => {
    let browser: Browser;
    let built: Bundle;
    before(async () => {
      built = await bundle();
      browser = await launch();
    });
    after(async () => {
      await browser.close();
    });
    tests((title, options, run) => {
      void test(title, async () => {
        const view = await open(browser, built, options);
        try {
          await run(view);
          assert.deepEqual(await view.faults(), []);
        } finally {
          await view.page.context().close();
        }
      });
    });
  });
}

/** Opens all that opens, with what is in it. */
export async function openAll(view: View): Promise<void> {
  for (let more = 1; more > 0; ) {
    more = await view.page.evaluate(() => {
      const closed = document.querySelectorAll<HTMLElement>("[aria-expanded=false]");
      for (const button of closed) button.click();
      return closed.length;
    });
    await view.settle(2);
  }
}

/** What axe finds that is serious or worse, in an isolated world, which the policy of the page does not bind. */
export async function audit(view: View): Promise<string[]> {
  const { source } = await import("axe-core").then((module) => module.default);
  const session = await view.page.context().newCDPSession(view.page);
  const { frameTree } = await session.send("Page.getFrameTree");
  const { executionContextId: contextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  await session.send("Runtime.evaluate", { contextId, expression: `${source}; 0` });
  const run = `axe.run(document, { resultTypes: ["violations"] }).then((result) => JSON.stringify(result.violations.filter((found) => ["serious", "critical"].includes(found.impact)).flatMap((found) => found.nodes.map((node) => found.id + ": " + node.target.join(" ") + " " + node.failureSummary))))`;
  const { result, exceptionDetails } = await session.send("Runtime.evaluate", { contextId, expression: run, awaitPromise: true, returnByValue: true });
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return JSON.parse(String(result.value)) as string[];
}
