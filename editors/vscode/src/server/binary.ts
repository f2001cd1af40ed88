// Where the server is: what the person set, what came with the extension, what is on the PATH.
// Imports nothing of VS Code.

import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";

export interface Surroundings {
  /** `tiro.server.path`; empty where it is not set. */
  setting: string;
  /** The folder of the extension. */
  extension: string;
  platform: NodeJS.Platform;
  /** The variable of that name. */
  path: string;
  home: string;
  /** What stands at a path. */
  look: (path: string) => "program" | "other" | "nothing";
}

export type Found = { path: string; from: "setting" | "extension" | "path" } | { problem: string };

const HOW = "Set tiro.server.path to where it is, or install it with `cargo install --locked --path server` in a checkout of Tiro.";

/** The program that is started, or what is wrong and what to do. */
export function find(around: Surroundings): Found {
  const paths = around.platform === "win32" ? win32 : posix;
  const program = around.platform === "win32" ? "tiro.exe" : "tiro";
  const onPath = (name: string): string | undefined => {
    const places = around.path.split(paths.delimiter).filter((place) => paths.isAbsolute(place));
    const names = around.platform === "win32" && !/\.exe$/i.test(name) ? [`${name}.exe`] : [name];
    return places.flatMap((place) => names.map((it) => paths.join(place, it))).find((it) => around.look(it) === "program");
  };

  const setting = around.setting.trim().replace(/^~(?=$|[\\/])/, () => around.home);
  if (setting !== "") {
    const isName = !/[\\/]/.test(setting);
    const path = isName ? onPath(setting) : setting;
    if (!isName && !paths.isAbsolute(setting)) {
      return { problem: `tiro.server.path is ${setting}, which is no absolute path.` };
    }
    if (path !== undefined && around.look(path) === "program") return { path, from: "setting" };
    if (!isName && around.look(setting) === "other") {
      return { problem: `tiro.server.path is ${setting}, which is not a program that can be run.` };
    }
    return { problem: `tiro.server.path is ${setting}, and there is no such program${isName ? " on the PATH" : ""}.` };
  }
  const bundled = paths.join(around.extension, "bin", program);
  if (around.look(bundled) === "program") return { path: bundled, from: "extension" };
  const installed = onPath(program);
  if (installed !== undefined) return { path: installed, from: "path" };
  return { problem: `The extension came with no Tiro program for this platform, and there is no tiro on the PATH. ${HOW}` };
}

/** What stands at a path of this machine. */
export function look(path: string): "program" | "other" | "nothing" {
  try {
    if (!statSync(path).isFile()) return "other";
  } catch {
    return "nothing";
  }
  try {
    accessSync(path, constants.X_OK);
    return "program";
  } catch {
    return "other";
  }
}
