// The view in a real browser, under the policy of the page: what a person sees and does,
// what hostile text does not do, and what a screen reader is given.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import type { EventMsg } from "../../../protocol";
import { bundle, launch, needsBrowser, open, type Bundle, type Options, type View } from "./harness";
import { proposal, questions, talk } from "./talk";

const say = (turn: number, message: string): EventMsg => ({ type: "user_message", turn, message });
const delta = (text: string): EventMsg => ({ type: "agent_message_delta", delta: text });
const asks = (call_id: string, ...command: string[]): EventMsg => ({ type: "exec_approval_request", call_id, command, cwd: "/home/me/shop" });

void describe("the view in a browser", needsBrowser, () => {
  let browser: Browser;
  let built: Bundle;
  before(async () => {
    built = await bundle();
    browser = await launch();
  });
  after(async () => {
    await browser.close();
  });

  /** A page, whose faults are none when the test is over. */
  function page(name: string, options: Options, run: (view: View) => Promise<void>): void {
    void test(name, async () => {
      const view = await open(browser, built, options);
      try {
        await run(view);
        assert.deepEqual(await view.faults(), []);
      } finally {
        await view.page.context().close();
      }
    });
  }

  const area = (view: View) => view.page.getByRole("textbox", { name: "Message to Tiro" });

  page("what is said goes out once, and stays in the prompt when it failed", {}, async (view) => {
    await area(view).fill("hello");
    await area(view).press("Enter");
    const [said] = await view.sent("say");
    assert.deepEqual(said?.items, [{ type: "text", text: "hello" }]);
    assert.equal(await area(view).inputValue(), "");
    await area(view).fill("and more");
    await view.post({ type: "failed", request: said.request, message: "the server is gone; restart it" });
    assert.equal(await area(view).inputValue(), "hello\nand more");
    assert.match(await view.page.getByRole("alert").innerText(), /the server is gone/);
  });

  page("Shift+Enter makes a line, nothing is sent empty", {}, async (view) => {
    await area(view).press("Enter");
    await area(view).pressSequentially("a");
    await area(view).press("Shift+Enter");
    await area(view).pressSequentially("b");
    assert.equal(await area(view).inputValue(), "a\nb");
    assert.equal((await view.sent("say")).length, 0);
  });

  page("what was typed outlives the page", { kept: { draft: "half a sen" } }, async (view) => {
    assert.equal(await area(view).inputValue(), "half a sen");
    await area(view).pressSequentially("tence");
    await view.page.waitForFunction(() => JSON.stringify(window.tiroTest.kept).includes("half a sentence"));
  });

  page("a broken state of an earlier page is no trouble", { kept: { draft: 7, scroll: "x" } }, async (view) => {
    assert.equal(await area(view).inputValue(), "");
  });

  page("arrows bring back what was said, and what was being written", { events: [say(1, "first"), say(2, "second")] }, async (view) => {
    await area(view).fill("draft");
    await area(view).press("Home");
    for (const expected of ["second", "first", "first"]) {
      await area(view).press("ArrowUp");
      assert.equal(await area(view).inputValue(), expected);
    }
    await area(view).press("End");
    await area(view).press("ArrowDown");
    assert.equal(await area(view).inputValue(), "second");
    await area(view).press("ArrowDown");
    assert.equal(await area(view).inputValue(), "draft");
  });

  page("an @ is completed, by keys alone", {}, async (view) => {
    await area(view).pressSequentially("see @ma");
    const asked = (await view.sent("complete")).at(-1);
    assert.equal(asked?.text, "@ma");
    await view.post({ type: "completions", request: 0, items: [{ label: "old", insert: "@old" }] });
    assert.equal(await view.page.getByRole("listbox").count(), 0, "an answer to another question is ignored");
    await view.post({ type: "completions", request: asked.request, items: [{ label: "main.rs", insert: "@src/main.rs", detail: "src" }, { label: "map.rs", insert: "@src/map.rs" }] });
    await area(view).press("ArrowDown");
    const option = view.page.getByRole("option", { selected: true });
    assert.match(await option.innerText(), /map\.rs/);
    assert.equal(await area(view).getAttribute("aria-activedescendant"), await option.getAttribute("id"));
    await view.shot("completion");
    await area(view).press("Tab");
    assert.equal(await area(view).inputValue(), "see @src/map.rs ");
    assert.equal(await view.page.getByRole("listbox").count(), 0);
    await area(view).press("Enter");
    assert.equal((await view.sent("say")).length, 1);
  });

  page("Escape closes the suggestions and nothing else", {}, async (view) => {
    await area(view).pressSequentially("/");
    await view.settle();
    assert.ok((await view.page.getByRole("option").count()) > 3);
    await area(view).press("Escape");
    assert.equal(await view.page.getByRole("listbox").count(), 0);
    assert.equal(await area(view).inputValue(), "/");
  });

  page("a command of the extension is sent as one", {}, async (view) => {
    await area(view).pressSequentially("/sessions");
    await area(view).press("Enter");
    assert.deepEqual(await view.sent("command"), [{ type: "command", command: "tiro.sessions" }]);
    assert.equal((await view.sent("say")).length, 0);
  });

  page("a picture is pasted, shown and sent; what is none is refused", {}, async (view) => {
    const paste = async (type: string, bytes: number) => {
      await area(view).evaluate((element, [kind, size]) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(size)], "shot.png", { type: kind }));
        element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      }, [type, bytes] as const);
    };
    await paste("image/png", 9);
    await view.page.getByRole("img", { name: "Picture 1" }).waitFor();
    await paste("text/html", 9);
    assert.match(await view.page.getByRole("alert").innerText(), /is no PNG, JPEG, GIF or WebP picture/);
    await paste("image/png", 6 * 1024 * 1024);
    await view.page.getByText("has more than 5 MB").waitFor();
    await area(view).fill("what is this?");
    await area(view).press("Enter");
    assert.deepEqual((await view.sent("say"))[0]?.items, [{ type: "text", text: "what is this?" }, { type: "image", image_url: "data:image/png;base64,AAAAAAAAAAAA" }]);
    assert.equal(await view.page.getByRole("img").count(), 0);
  });

  page("a question is answered by its keys, and the focus is not taken", { state: { running: true } }, async (view) => {
    await area(view).pressSequentially("typ");
    await view.events(asks("1", "rm", "x"), asks("2", "ls"));
    await area(view).pressSequentially("ad");
    assert.equal(await area(view).inputValue(), "typad", "what is typed is no answer");
    assert.equal((await view.sent("op")).length, 0);
    await area(view).press("Escape");
    await view.page.keyboard.press("d");
    await view.page.keyboard.press("A");
    const ops = (await view.sent("op")).map(({ op }) => op);
    assert.deepEqual(ops, [{ type: "exec_approval", id: "1", decision: "denied" }, { type: "exec_approval", id: "2", decision: "approved_for_session" }]);
    assert.ok(await area(view).evaluate((element) => element === document.activeElement), "then the person writes on");
    await view.events({ type: "approval_answered", id: "1", decision: "denied" }, { type: "exec_command_begin", call_id: "2", command: ["ls"], cwd: "/" });
    assert.equal(await view.page.locator(".question").count(), 0);
    assert.match(await view.page.locator(".settled").first().innerText(), /rm x denied/);
  });

  page("two answers within one frame go to two questions, and then the person writes on", { state: { running: true } }, async (view) => {
    await view.events(asks("1", "rm", "x"), asks("2", "ls"));
    await area(view).press("Escape");
    const left = await view.page.evaluate(() => {
      for (const key of ["d", "A"]) document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      return document.activeElement?.getAttribute("aria-label");
    });
    assert.deepEqual((await view.sent("op")).map(({ op }) => op), [{ type: "exec_approval", id: "1", decision: "denied" }, { type: "exec_approval", id: "2", decision: "approved_for_session" }]);
    assert.equal(left, "Message to Tiro");
  });

  page("an answer that failed can be given again", {}, async (view) => {
    await view.events(asks("1", "ls"));
    await view.page.getByRole("button", { name: "Allow once" }).click();
    await view.settle();
    assert.ok(await view.page.getByRole("button", { name: "Allow once" }).isDisabled());
    const [sent] = await view.sent("op");
    await view.post({ type: "failed", request: sent?.request ?? 0, message: "the server did not answer" });
    await view.page.getByRole("button", { name: "Deny and stop" }).click();
    assert.deepEqual((await view.sent("op"))[1]?.op, { type: "exec_approval", id: "1", decision: "abort" });
  });

  page("hunks are taken and left one by one, a proposal at once", { events: [...talk, ...questions] }, async (view) => {
    const question = view.page.locator(".question").filter({ hasText: "Apply changes" });
    await question.getByRole("button", { name: "Accept the hunk at line 15" }).click();
    await question.getByRole("button", { name: "Reject the hunk at line 15" }).click();
    await question.getByRole("button", { name: "Open the diff of cart.rs" }).first().click();
    await question.getByRole("button", { name: "Accept all" }).click();
    assert.deepEqual((await view.sent("op")).map(({ op }) => op), [
      { type: "accept_hunk", proposal: "patch-2", hunk: "h2" },
      { type: "reject_hunk", proposal: "patch-2", hunk: "h2" },
      { type: "patch_approval", id: "patch-2", decision: "approved" },
    ]);
    assert.deepEqual(await view.sent("openDiff"), [{ type: "openDiff", callId: "patch-2", path: "/home/me/shop/src/cart.rs" }]);
    await view.events({ type: "proposal_updated", proposal: { ...proposal, open: false } });
    assert.equal(await view.page.locator(".question").filter({ hasText: "Apply changes" }).count(), 0);
  });

  page("what was said is said anew, in its turn", { events: [say(1, "frist"), { type: "agent_message", message: "What?" }] }, async (view) => {
    await view.page.getByRole("button", { name: "Edit and send again" }).click();
    const edit = view.page.getByRole("textbox", { name: "Edit what you said" });
    await edit.fill("first");
    await view.shot("edit");
    await edit.press("Enter");
    const [again] = await view.sent("resend");
    assert.deepEqual([again?.turn, again?.items], [1, [{ type: "text", text: "first" }]]);
    assert.equal(await edit.count(), 0);
  });

  page("the task is stopped, and nothing is said anew while it runs", { state: { running: true }, events: [say(1, "go")] }, async (view) => {
    assert.ok(await view.page.locator(".edit").isDisabled());
    await view.page.getByRole("button", { name: "Stop the task", exact: true }).click();
    assert.deepEqual((await view.sent("op"))[0]?.op, { type: "interrupt" });
  });

  page("code is copied and inserted as it is", { events: [{ type: "agent_message", message: "```html\n<b>x</b> & y\n```" }] }, async (view) => {
    await view.page.getByRole("button", { name: "Copy html" }).click();
    await view.page.getByRole("button", { name: "Insert html at the cursor" }).click();
    assert.deepEqual(await view.sent("copy"), [{ type: "copy", text: "<b>x</b> & y" }]);
    assert.deepEqual(await view.sent("insertCode"), [{ type: "insertCode", text: "<b>x</b> & y" }]);
  });

  page("links go out as messages and nowhere by themselves", { events: [{ type: "agent_message", message: "[web](https://example.org/x) `src/a.rs:3` [bad](javascript:alert(1)) [cmd](command:x) <https://example.org/y>" }] }, async (view) => {
    for (const link of await view.page.locator(".markdown a").all()) await link.click();
    assert.deepEqual(await view.sent("openLink"), [{ type: "openLink", href: "https://example.org/x" }, { type: "openLink", href: "https://example.org/y" }]);
    assert.deepEqual(await view.sent("open"), [{ type: "open", path: "src/a.rs", line: 3 }]);
    assert.equal(await view.page.locator(".markdown a").count(), 3);
    assert.equal(view.page.url(), "http://view.test/");
  });

  const attacks = [
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "![x](http://evil.test/pixel.png)",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    "<iframe src=http://evil.test></iframe><style>*{display:none}</style><link rel=stylesheet href=http://evil.test/x.css>",
    "[a](javascript:window.hit=1) [b](data:text/html,x) [c](vbscript:x) [d](&#106;avascript:window.hit=1)",
    '```"><script>window.hit=1</script>\n</code></pre><script>window.hit=1</script>\n```',
    '| <img src=x onerror=window.hit=1> |\n|-|\n| <svg onload=window.hit=1> |',
    "[x]: http://evil.test 'onmouseover=window.hit=1'\n\n[x] ![x]",
    "\u202egnp.exe \u200b \u001b]0;title\u0007 \u001b[31m",
  ].join("\n\n");

  page("hostile text stays text, wherever it comes from", {}, async (view) => {
    await view.events(
      say(1, attacks),
      { type: "agent_message", message: attacks },
      { type: "agent_reasoning_delta", delta: attacks },
      { type: "exec_command_begin", call_id: "1", command: ["bash", "-lc", attacks], cwd: attacks },
      { type: "exec_command_output_delta", call_id: "1", stream: "stdout", chunk: attacks },
      { type: "exec_command_end", call_id: "1", stdout: "", stderr: "", exit_code: 1, denial: attacks },
      { type: "plan_update", explanation: attacks, plan: [{ step: attacks, status: "pending" }] },
      { type: "patch_apply_begin", call_id: "2", auto_approved: true, changes: { [attacks]: { add: { content: attacks } } } },
      { type: "patch_apply_end", call_id: "2", success: false, stdout: "", stderr: attacks },
      { type: "turn_diff", unified_diff: `diff --git a/${attacks}\n` },
      { type: "background_event", message: attacks },
      { type: "error", message: attacks },
      { ...asks("3", "bash", "-lc", attacks), reason: attacks } as EventMsg,
      { type: "apply_patch_approval_request", call_id: "4", changes: { [attacks]: { update: { unified_diff: attacks, move_path: attacks } } }, reason: attacks, grant_root: attacks },
    );
    await view.set({ problem: attacks, model: attacks, rootName: attacks });
    await openAll(view);
    await view.settle();
    assert.equal(await view.page.evaluate(() => "hit" in window), false);
    const made = await view.page.evaluate(() => [...document.querySelectorAll("script:not([nonce]), iframe, style, link:not([href='view.css']), img, object, embed, [onerror], [onload], [onmouseover], [style*='display']")].map((element) => element.outerHTML));
    assert.deepEqual(made, []);
    const hrefs = await view.page.evaluate(() => [...document.querySelectorAll("a")].map((link) => link.getAttribute("href") ?? ""));
    assert.ok(hrefs.length > 0 && hrefs.every((href) => href === "#" || /^https?:\/\//.test(href)), hrefs.join(" "));
    const command = await view.page.locator(".question .script").first().evaluate((script) => script.textContent);
    assert.ok(command.includes("⟨U+202E⟩gnp.exe ⟨U+200B⟩ ␛]0;title␇"), "what is hidden in a command is seen");
  });

  page("output that is long or wide is cut, and shown when asked for", {}, async (view) => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `line ${index + 1}`).join("\n");
    await view.events(
      { type: "exec_command_begin", call_id: "1", command: ["make"], cwd: "/" },
      { type: "exec_command_output_delta", call_id: "1", stream: "stdout", chunk: `${lines}\n${"w".repeat(90_000)}\n` },
      { type: "exec_command_end", call_id: "1", stdout: "", stderr: "", exit_code: 2 },
    );
    const command = view.page.getByRole("article", { name: "Command: make" });
    assert.ok((await command.innerText()).length < 4_000);
    await command.getByRole("button", { name: "Show all 5,001 lines" }).click();
    await view.page.waitForFunction(() => document.querySelector(".output.full")?.textContent.includes("line 5000"));
    assert.ok((await command.locator(".output.full").evaluate((element) => element.textContent)).includes("line 2\nline 3\n"));
    await command.getByRole("button", { name: "Show all: 88,000 more characters in long lines" }).click();
    assert.equal(await command.locator(".output.full").evaluate((element) => /w+/.exec(element.textContent.replace(/^[^]*line 5000\n/, ""))?.[0].length), 90_000);
  });

  const megabyte = "lorem ipsum ".repeat(90_000);

  page("a line of a megabyte is cut, in an answer, in code, in reasoning and in an output", {}, async (view) => {
    await view.events(
      delta(megabyte),
      { type: "agent_message", message: megabyte },
      { type: "agent_message", message: `\`\`\`json\n${megabyte}\n\`\`\`` },
      { type: "agent_reasoning_delta", delta: megabyte },
      { type: "exec_command_begin", call_id: "1", command: ["bash", "-lc", `echo ${megabyte}`], cwd: "/" },
      { type: "exec_command_output_delta", call_id: "1", stream: "stdout", chunk: megabyte },
      { type: "exec_command_output_delta", call_id: "1", stream: "stdout", chunk: `${megabyte}\nthe end\n` },
      { type: "exec_command_end", call_id: "1", stdout: "", stderr: "", exit_code: 1 },
      { type: "error", message: megabyte },
      { type: "background_event", message: megabyte },
      say(2, megabyte),
    );
    await openAll(view);
    await view.page.getByText("Show all: 1,078,000 more characters in long lines").first().waitFor();
    const shown = await view.page.evaluate(() => document.querySelector(".entries")?.textContent.length ?? 0);
    assert.ok(shown < 200_000, `${shown} characters are shown`);
    await view.page.locator(".code").getByRole("button", { name: "Copy json" }).click();
    assert.equal((await view.sent("copy"))[0]?.text, megabyte, "what is copied is whole");
    await view.page.waitForFunction(() => document.querySelector(".command .output:last-of-type")?.textContent.includes("the end"));
  });

  page("of 100 000 lines of output the first and the last are kept, and it is said how many are not", {}, async (view) => {
    await view.events({ type: "exec_command_begin", call_id: "1", command: ["yes"], cwd: "/" });
    for (let chunk = 0; chunk < 20; chunk++) {
      const lines = Array.from({ length: 5_000 }, (_, line) => `line ${chunk * 5_000 + line + 1}\n`).join("");
      await view.events({ type: "exec_command_output_delta", call_id: "1", stream: "stdout", chunk: lines });
    }
    await view.events({ type: "exec_command_end", call_id: "1", stdout: "", stderr: "", exit_code: 1 });
    await view.page.getByRole("button", { name: "Show all 100,000 lines" }).click();
    await view.page.getByText("90,000 lines left out here").waitFor();
    await view.page.waitForFunction(() => document.querySelector(".output.full")?.textContent.includes("line 100000"));
    assert.match(await view.page.locator(".output.full").evaluate((output) => output.textContent), /^line 1\nline 2\n/);
  });

  page("escapes of a terminal are colours in an output, and are seen anywhere else", {}, async (view) => {
    const escapes = "\u001b[31mred\u001b[0m \u001b]8;;http://evil.test\u0007link\u001b]8;;\u0007 \u001b[2J\u001b[H\u001b]52;c;aGk=\u0007plain";
    await view.events(
      { type: "exec_command_begin", call_id: "1", command: ["make"], cwd: "/" },
      { type: "exec_command_output_delta", call_id: "1", stream: "stdout", chunk: `${escapes}\n` },
      { type: "exec_command_end", call_id: "1", stdout: "", stderr: "", exit_code: 1 },
      { type: "agent_message", message: `\`${escapes}\`\n\n\`\`\`\n${escapes}\n\`\`\`\n` },
    );
    const output = view.page.locator(".output");
    assert.equal(await output.evaluate((element) => element.textContent), "red link plain\n");
    assert.equal(await output.locator(".ansi-f1").innerText(), "red");
    for (const code of await view.page.locator(".markdown code").all()) assert.match(await code.innerText(), /␛\[31mred␛\[0m/);
    assert.equal(await view.page.locator(".output a").count(), 0);
  });

  page("Markdown that is made to cost much is drawn, and the page answers", {}, async (view) => {
    const costly = [">".repeat(5_000), "[".repeat(5_000), `${"*a ".repeat(5_000)}`, "`".repeat(5_000), `${"- ".repeat(3_000)}x`, `${"![".repeat(3_000)}`, `|${"a|".repeat(2_000)}\n|${"-|".repeat(2_000)}`, `${"&".repeat(5_000)}`, `${"<a ".repeat(4_000)}`];
    await view.events(...costly.map((message): EventMsg => ({ type: "agent_message", message })));
    await view.settle(30);
    await area(view).pressSequentially("still here");
    assert.equal(await area(view).inputValue(), "still here");
    assert.equal(await view.page.locator(".message").count(), costly.length);
  });

  page("names of characters stand for them, and no name makes a link", {}, async (view) => {
    await view.events({ type: "agent_message", message: "&copy; &mdash; &rarr; &eacute; &#124; &#x41; &nosuch; &amp;lt; [x](&#106;avascript:alert(1)) [y](java&Tab;script:alert(1)) [p](100%25.txt) [q](100%.txt)" });
    assert.match(await view.page.locator(".markdown p").innerText(), /^© — → é \| A &nosuch; &lt; x y p q$/);
    for (const link of await view.page.locator(".markdown a").all()) await link.click();
    assert.deepEqual((await view.sent("open")).map(({ path }) => path), ["100%.txt", "100%.txt"]);
  });

  for (const [language, code, expected] of [
    ["c", "#include <a.h>\nint main(void) { return 'x'; } // why", { meta: "#include <a.h>", type: "int", string: "'x'", comment: "// why" }],
    ["java", "public class Shop { @Override String name() { return null; } }", { keyword: "public", "title class_": "Shop", meta: "@Override", literal: "null" }],
    ["sql", "SELECT name FROM shop WHERE id = 'a''b' -- why", { keyword: "SELECT", string: "'a''b'", comment: "-- why" }],
    ["css", ".shop { color: #fff; margin: 2px; }", { title: ".shop", attr: "color", number: "#fff" }],
    ["js", "const name = `a${1}`; // why", { keyword: "const", string: "`a${1}`", comment: "// why" }],
    ["kotlin", "fun total(items: List<Item>) = items.sumOf { it.price }", { keyword: "fun", title: "total", type: "List" }],
    ["dockerfile", "FROM rust:1 AS build\nRUN cargo build", { keyword: "FROM" }],
  ] as const) {
    page(`code has colours: ${language}`, { events: [{ type: "agent_message", message: `\`\`\`${language}\n${code}\n\`\`\`` }] }, async (view) => {
      await view.page.locator("pre code [class^=hljs-]").first().waitFor();
      const coloured = await view.page.evaluate(() => [...document.querySelectorAll("pre code [class^=hljs-]")].map((span) => `${span.className} ${span.textContent}`));
      for (const [scope, text] of Object.entries(expected)) assert.ok(coloured.includes(`hljs-${scope} ${text}`), `${scope} ${text} in ${coloured.join(" / ")}`);
      assert.equal(await view.page.locator("pre code").evaluate((element) => element.textContent), code);
    });
  }

  page("code out of sight has its words and no colours, until it is come to", { height: 500, events: [{ type: "agent_message", message: "```rust\nfn first() {}\n```\n\n" }, { type: "agent_message", message: "```rust\nfn long() {}\n```\n\nwords\n\n".repeat(80) }] }, async (view) => {
    await view.settle(30);
    const first = view.page.locator("pre code").first();
    await view.page.waitForFunction(() => document.querySelector("pre code span") !== null && document.querySelector("pre code")?.querySelector("span") === null);
    assert.equal(await first.evaluate((code) => code.textContent), "fn first() {}");
    await view.page.locator(".log").evaluate((log) => { log.scrollTop = 0; });
    await view.page.waitForFunction(() => document.querySelector("pre code")?.querySelector("span")?.textContent === "fn");
  });

  page("pictures are dropped into the prompt, files become mentions", {}, async (view) => {
    const drop = async (data: Record<string, string>, picture: boolean) => {
      await view.page.locator(".prompt").evaluate((element, [texts, hasPicture]) => {
        const transfer = new DataTransfer();
        for (const [type, text] of Object.entries(texts)) transfer.setData(type, text);
        if (hasPicture) transfer.items.add(new File([new Uint8Array(9)], "shot.png", { type: "image/png" }));
        element.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }, [data, picture] as const);
      await view.settle();
    };
    await drop({}, true);
    await view.page.getByRole("img", { name: "Picture 1" }).waitFor();
    await drop({ "application/vnd.code.uri-list": "file:///home/me/shop/src/a.rs\nvscode-remote://host/elsewhere/b.rs\njavascript:alert(1)" }, false);
    assert.equal(await area(view).inputValue(), "@src/a.rs @/elsewhere/b.rs ");
    await view.page.getByRole("button", { name: "Remove picture 1" }).click();
    assert.equal(await view.page.getByRole("img").count(), 0);
  });

  page("the end is followed until the person reads further up", { height: 400 }, async (view) => {
    const fromEnd = () => view.page.locator(".log").evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);
    const paragraphs = (count: number) => delta("Some words of an answer that goes on.\n\n".repeat(count));
    await view.events(paragraphs(40));
    assert.ok((await fromEnd()) < 2);
    await view.page.locator(".log").hover();
    await view.page.mouse.wheel(0, -300);
    await view.page.getByRole("button", { name: "To the end" }).waitFor();
    const before = await view.page.locator(".log").evaluate((log) => log.scrollTop);
    await view.events(paragraphs(40));
    assert.equal(await view.page.locator(".log").evaluate((log) => log.scrollTop), before, "it stays where the person reads");
    await view.page.getByRole("button", { name: "To the end" }).click();
    await view.events(paragraphs(5));
    assert.ok((await fromEnd()) < 2);
    assert.equal(await view.page.getByRole("button", { name: "To the end" }).count(), 0);
  });

  page("a long talk shows its end first, and earlier entries when asked for", { events: Array.from({ length: 400 }, (_, turn) => say(turn + 1, `words ${turn + 1}.`)) }, async (view) => {
    await view.page.getByRole("button", { name: /earlier entries/ }).waitFor();
    assert.equal(await view.page.getByText("words 400.").count(), 1);
    assert.equal(await view.page.getByText("words 1.", { exact: true }).count(), 0);
    for (let more = 0; more < 4; more++) await view.page.getByRole("button", { name: /earlier entries/ }).click();
    assert.equal(await view.page.getByText("words 1.", { exact: true }).count(), 1);
  });

  page("a screen reader hears answers when they are complete, not their pieces", {}, async (view) => {
    const status = () => view.page.locator("[role=status][aria-live=polite]").innerText();
    assert.equal(await view.page.getByRole("log", { name: "Conversation" }).getAttribute("aria-live"), "off");
    await view.events(delta("It is "));
    assert.equal(await status(), "");
    await view.events(delta("so."), { type: "agent_message", message: "It is so." });
    assert.equal(await status(), "Tiro: It is so.");
    await view.events(asks("1", "ls"));
    assert.equal(await status(), "Tiro asks: Run this command? ls");
  });

  for (const [server, title, command] of [
    ["noFolder", "No folder is open", "workbench.action.files.openFolder"],
    ["untrusted", "This workspace is not trusted", "workbench.trust.manage"],
    ["missing", "The Tiro program was not found", "tiro.openSettings"],
    ["ended", "The server ended", "tiro.restart"],
  ] as const) {
    page(`the state ${server} says what to do`, { state: { server }, width: 300, height: 420 }, async (view) => {
      await view.page.getByRole("heading", { name: title }).waitFor();
      await view.page.locator(".banner button").first().click();
      assert.deepEqual(await view.sent("command"), [{ type: "command", command }]);
      await area(view).fill("kept");
      await area(view).press("Enter");
      assert.equal((await view.sent("say")).length, server === "ended" ? 1 : 0);
      assert.equal(await area(view).inputValue(), server === "ended" ? "" : "kept", "nothing that was typed is lost");
      await view.shot(`state-${server}`);
    });
  }

  page("a newcomer is told how to begin", {}, async (view) => {
    await view.page.getByRole("button", { name: "Run the tests and fix what fails" }).click();
    assert.equal(await area(view).inputValue(), "Run the tests and fix what fails");
    assert.ok(await area(view).evaluate((element) => element === document.activeElement));
    await view.shot("welcome");
  });

  page("all is reached and used by keys alone", { events: [...talk, ...questions] }, async (view) => {
    await area(view).focus();
    const reached = new Set<string>();
    for (let step = 0; step < 80; step++) {
      await view.page.keyboard.press("Shift+Tab");
      const name = await view.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
      reached.add(name);
    }
    for (const name of ["Conversation", "Edit and send again", "Copy rust", "Open the diff of cart.rs", "Accept the hunk at line 15"]) assert.ok(reached.has(name), `${name} of ${[...reached].join(" / ")}`);
  });

  for (const width of [200, 400, 900]) {
    page(`nothing is wider than ${width} pixels`, { width, events: [...talk, ...questions] }, async (view) => {
      await openAll(view);
      await view.settle();
      const wide = await view.page.evaluate(() => [...document.querySelectorAll(".entries *, .waiting, .prompt, .footer")].filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest("pre, .diff, .table, .line, .visually-hidden")).map((element) => element.outerHTML.slice(0, 80)));
      assert.deepEqual(wide, []);
      await view.shot(`width-${width}`);
    });
  }

  for (const theme of ["dark", "light", "contrast", "contrastLight"] as const) {
    page(`axe finds nothing serious: ${theme}`, { theme, height: 1_000, events: [...talk, ...questions] }, async (view) => {
      await view.shot(`talk-${theme}`);
      await view.page.locator(".log").evaluate((log) => { log.scrollTop = 0; });
      await view.settle();
      await view.shot(`talk-${theme}-top`);
      await openAll(view);
      await area(view).pressSequentially("/");
      await view.settle();
      const found = await audit(view);
      assert.deepEqual(found, []);
    });
    page(`axe finds nothing serious before anything was said: ${theme}`, { theme, state: { problem: "no API key is set" } }, async (view) => {
      assert.deepEqual(await audit(view), []);
      await view.shot(`empty-${theme}`);
    });
  }

  page("what moves stands still where motion is not wanted", { events: talk, state: { running: true } }, async (view) => {
    assert.equal(await view.page.evaluate(() => document.getAnimations().length), 0);
  });
});

/** Opens all that opens, with what is in it. */
async function openAll(view: View): Promise<void> {
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
async function audit(view: View): Promise<string[]> {
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
