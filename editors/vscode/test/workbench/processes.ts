// Processes of the server, found by what they were started with.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** A process of the server. */
export interface Started {
  pid: number;
  /** The folder that it is for, and the program that it is. */
  folder: string;
  program: string;
}

/** Those with this home directory, for a folder or for any. */
export function serversOf(home: string, folder?: string): Started[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const read = (file: string): string => readFileSync(`/proc/${name}/${file}`, "utf8");
      if (read("cmdline").split("\0")[1] !== "lsp" || !read("environ").includes(home)) return [];
      const started = { pid: Number(name), folder: readlinkSync(`/proc/${name}/cwd`), program: readlinkSync(`/proc/${name}/exe`) };
      return folder === undefined || started.folder === folder ? [started] : [];
    } catch {
      return [];
    }
  });
}
