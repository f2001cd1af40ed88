// Runs the tests of `test/host` inside the extension host of a VS Code.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Editor, until, write } from "./editor";

/** Milliseconds for all of them; each has an end of its own. */
const HOST = 600_000;

export interface Outcome {
  name: string;
  problem?: string;
}

/** What came of each; the window is of a workspace with one folder, `work`. */
export async function runInHost(files: Record<string, string>): Promise<Outcome[]> {
  const editor = await Editor.start({});
  try {
    const result = join(editor.home, "result.json");
    write(join(editor.home, "work"), files);
    write(editor.home, {
      "second/b.txt": "another one\n",
      "test.code-workspace": JSON.stringify({ folders: [{ path: "work" }] }),
    });
    const query = editor.hosting(`workspace=${join(editor.home, "test.code-workspace")}`, process.cwd(), join(process.cwd(), "out", "host.js"));
    const window = await editor.window(query, join(editor.home, "work"));
    await until("the tests in the extension host end", () => existsSync(result), HOST).catch(async (error: unknown) => {
      await window.shot("host-failed");
      throw error;
    });
    await window.shot("host");
    return JSON.parse(readFileSync(result, "utf8")) as Outcome[];
  } finally {
    await editor.close();
  }
}
