// The view in a real browser, under the policy of the page: what a person sees and does, and
// what a screen reader is given.

import assert from "node:assert/strict";
import { area, asks, audit, delta, inBrowser, openAll, say } from "./pages";
import { proposal, questions, talk } from "./talk";

/** A picture of one point. */
const PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

inBrowser("the view in a browser", (page) => {
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

  page("pictures of a draft outlive the page, and what is sent does not", { kept: { draft: "see", images: [PIXEL] } }, async (view) => {
    await view.page.getByAltText("Picture 1").waitFor();
    await area(view).press("Enter");
    assert.deepEqual((await view.sent("say"))[0]?.items, [{ type: "text", text: "see" }, { type: "image", image_url: PIXEL }]);
    await view.page.waitForFunction(() => JSON.stringify(window.tiroTest.kept) === '{"draft":"","images":[]}');
  });

  page("a broken state of an earlier page is no trouble", { kept: { draft: 7, scroll: "x" } }, async (view) => {
    assert.equal(await area(view).inputValue(), "");
  });

  page("nor are pictures that are none", { kept: { draft: "", images: [7] } }, async (view) => {
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

  page("code is copied, compared and inserted as it is", { events: [{ type: "agent_message", message: "```html\n<b>x</b> & y\n```" }] }, async (view) => {
    await view.page.getByRole("button", { name: "Copy html" }).click();
    await view.page.getByRole("button", { name: "Compare html with the file in the editor" }).click();
    await view.page.getByRole("button", { name: "Insert html at the cursor" }).click();
    assert.deepEqual(await view.sent("copy"), [{ type: "copy", text: "<b>x</b> & y" }]);
    assert.deepEqual(await view.sent("compareCode"), [{ type: "compareCode", text: "<b>x</b> & y" }]);
    assert.deepEqual(await view.sent("insertCode"), [{ type: "insertCode", text: "<b>x</b> & y" }]);
  });

  page("links go out as messages and nowhere by themselves", { events: [{ type: "agent_message", message: "[web](https://example.org/x) `src/a.rs:3` [bad](javascript:alert(1)) [cmd](command:x) <https://example.org/y>" }] }, async (view) => {
    for (const link of await view.page.locator(".markdown a").all()) await link.click();
    assert.deepEqual(await view.sent("openLink"), [{ type: "openLink", href: "https://example.org/x" }, { type: "openLink", href: "https://example.org/y" }]);
    assert.deepEqual(await view.sent("open"), [{ type: "open", path: "src/a.rs", line: 3 }]);
    assert.equal(await view.page.locator(".markdown a").count(), 3);
    assert.equal(view.page.url(), "http://view.test/");
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
