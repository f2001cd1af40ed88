// Text that nobody here wrote, in a real browser: what hostile text does not do, what is long,
// wide, costly or out of sight, and the colours of code.

import assert from "node:assert/strict";
import type { EventMsg } from "../../../protocol";
import { area, asks, delta, inBrowser, openAll, say } from "./pages";

inBrowser("foreign text in a browser", (page) => {
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
    const costly = [">".repeat(5_000), "[".repeat(5_000), "*a ".repeat(5_000), "`".repeat(5_000), `${"- ".repeat(3_000)}x`, "![".repeat(3_000), `|${"a|".repeat(2_000)}\n|${"-|".repeat(2_000)}`, "&".repeat(5_000), "<a ".repeat(4_000)];
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

  page("what is selected in code stays selected when it goes out of sight", { height: 500, events: [{ type: "agent_message", message: `\`\`\`rust\nfn first() {}\n\`\`\`\n\n${"words\n\n".repeat(80)}` }] }, async (view) => {
    const log = view.page.locator(".log");
    await log.evaluate((element) => { element.scrollTop = 0; });
    await view.page.waitForFunction(() => document.querySelector("pre code span") !== null);
    await view.page.evaluate(() => {
      const code = document.querySelector("pre code");
      if (code) getSelection()?.selectAllChildren(code);
    });
    await log.evaluate((element) => { element.scrollTop = element.scrollHeight; });
    await view.settle(20);
    assert.equal(await view.page.evaluate(() => getSelection()?.toString()), "fn first() {}");
  });

  page("code out of sight has its words and no colours, until it is come to", { height: 500, events: [{ type: "agent_message", message: "```rust\nfn first() {}\n```\n\n" }, { type: "agent_message", message: "```rust\nfn long() {}\n```\n\nwords\n\n".repeat(80) }] }, async (view) => {
    await view.settle(30);
    const first = view.page.locator("pre code").first();
    await view.page.waitForFunction(() => document.querySelector("pre code span") !== null && document.querySelector("pre code")?.querySelector("span") === null);
    assert.equal(await first.evaluate((code) => code.textContent), "fn first() {}");
    await view.page.locator(".log").evaluate((log) => { log.scrollTop = 0; });
    await view.page.waitForFunction(() => document.querySelector("pre code")?.querySelector("span")?.textContent === "fn");
  });
});
