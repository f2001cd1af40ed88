// A talk as a person has it, with something of everything, for pictures and for axe.

import type { EventMsg, Proposal } from "../../../protocol";
import type { LocalMsg } from "../../messages";

const root = "/home/me/shop";

const cartDiff = `@@ -12,7 +12,9 @@ pub struct Cart {
 impl Cart {
     /// What all of it costs, in cents.
     pub fn total(&self) -> u64 {
-        self.items.iter().map(|item| item.price).sum()
+        self.items
+            .iter()
+            .map(|item| item.price * u64::from(item.count))
+            .sum()
     }
 }
`;

export const proposal: Proposal = {
  id: "patch-2",
  open: true,
  files: [
    {
      path: `${root}/src/cart.rs`,
      kind: "update",
      hunks: [
        { id: "h1", orig_index: 3, deleted_lines: ["use std::fmt;"], inserted_lines: ["use std::{fmt, iter};"], state: "rejected" },
        {
          id: "h2",
          orig_index: 15,
          deleted_lines: ["        self.items.iter().map(|item| item.price).sum()"],
          inserted_lines: ["        self.items", "            .iter()", "            .map(|item| item.price * u64::from(item.count))", "            .sum()"],
          state: "pending",
        },
      ],
    },
    { path: `${root}/tests/cart.rs`, kind: "add", hunks: [{ id: "h1", orig_index: 1, deleted_lines: [], inserted_lines: ["#[test]", "fn counts() {}"], state: "pending" }] },
  ],
};

const testOutput = [
  "   Compiling shop v0.3.0 (/home/me/shop)",
  "\u001b[1m\u001b[33mwarning\u001b[0m\u001b[1m: unused variable: `tax`\u001b[0m",
  "running 14 tests",
  ...Array.from({ length: 13 }, (_, index) => `test cart::test_${index + 1} ... \u001b[32mok\u001b[0m`),
  "test cart::total_counts_items ... \u001b[31mFAILED\u001b[0m",
  "",
  "assertion `left == right` failed",
  "  left: 500",
  " right: 1500",
  "test result: \u001b[31mFAILED\u001b[0m. 13 passed; 1 failed",
].join("\n");

const markdown = `The total leaves the **count** out: \`Cart::total\` in \`src/cart.rs:14\` adds the price of each item *once*.

1. Multiply each price by its count.
2. Add a test with more than one of an item.

\`\`\`rust
pub fn total(&self) -> u64 {
    // An item may be there more than once.
    self.items.iter().map(|item| item.price * u64::from(item.count)).sum()
}
\`\`\`

| item | price | count |
|:-----|------:|------:|
| tea  |   500 |     3 |

> The prices are in cents. See [the guide](https://example.org/money).
`;

/** The whole of it; at its end two questions wait. */
export const talk: (EventMsg | LocalMsg)[] = [
  { type: "session_configured", model: "qwen2.5-coder", session_id: "s1" },
  { type: "user_message", turn: 1, message: "The total of the cart is wrong when an item is there twice. Find out why and fix it." },
  { type: "task_started" },
  { type: "agent_reasoning_delta", delta: "The person says that the total is wrong. I look at the cart, and run the tests." },
  { type: "plan_update", plan: [{ step: "Find where the total is computed", status: "completed" }, { step: "Multiply by the count", status: "in_progress" }, { step: "Add a test", status: "pending" }] },
  { type: "exec_command_begin", call_id: "1", command: ["bash", "-lc", "rg -n 'fn total' src"], cwd: root },
  { type: "exec_command_end", call_id: "1", stdout: "src/cart.rs:14:    pub fn total(&self) -> u64 {\n", stderr: "", exit_code: 0 },
  { type: "exec_command_begin", call_id: "2", command: ["bash", "-lc", "cargo test"], cwd: root },
  { type: "exec_command_output_delta", call_id: "2", stream: "stdout", chunk: `${testOutput}\n` },
  { type: "exec_command_end", call_id: "2", stdout: testOutput, stderr: "", exit_code: 101, denial: "the sandbox stopped writing /home/me/.cargo/registry: it is outside of the workspace" },
  { type: "agent_message", message: markdown },
  { type: "patch_apply_begin", call_id: "patch-1", auto_approved: false, changes: { [`${root}/src/cart.rs`]: { update: { unified_diff: cartDiff, move_path: null } } } },
  { type: "patch_apply_end", call_id: "patch-1", stdout: "M src/cart.rs\n", stderr: "", success: true },
  { type: "background_event", message: "the model was busy: the request is made again in 2 s" },
  { type: "error", message: "the provider answered 429: too many requests; wait a little, or choose another model" },
  { type: "token_count", input_tokens: 18_200, cached_input_tokens: 12_000, output_tokens: 940, reasoning_output_tokens: 120, total_tokens: 19_140 },
];

export const questions: (EventMsg | LocalMsg)[] = [
  { type: "exec_approval_request", call_id: "3", command: ["bash", "-lc", "cargo add rust_decimal"], cwd: root, reason: "the sandbox stopped the network; the package is fetched from crates.io", permissions: ["network-full-access", { "disk-write-folder": { folder: "/home/me/.cargo/registry" } }] },
  { type: "proposal_updated", proposal },
  {
    type: "apply_patch_approval_request",
    call_id: "patch-2",
    changes: {
      [`${root}/src/cart.rs`]: { update: { unified_diff: cartDiff, move_path: null } },
      [`${root}/tests/cart.rs`]: { add: { content: "#[test]\nfn counts() {}\n" } },
    },
    reason: "src/cart.rs and a new test",
    grant_root: root,
  },
];
