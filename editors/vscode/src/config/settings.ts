// The settings of VS Code, as this extension and the server take them.

import { workspace, type ExtensionContext, type WorkspaceFolder } from "vscode";
import { overrides } from "./overrides";

/** The keys of the server's configuration, from what the extension contributes. */
export function configKeys(context: ExtensionContext): string[] {
  const manifest = context.extension.packageJSON as { contributes?: { configuration?: { properties?: Record<string, unknown> }[] } };
  const sections = manifest.contributes?.configuration ?? [];
  return sections
    .flatMap((section) => Object.keys(section.properties ?? {}))
    .filter((name) => name.startsWith("tiro.config."))
    .map((name) => name.slice("tiro.config.".length));
}

/** What the server gets as the section `tiro`. */
export function serverSettings(keys: readonly string[], folder: WorkspaceFolder): { config: Record<string, unknown>; comments: string } {
  const settings = workspace.getConfiguration("tiro", folder.uri);
  return {
    config: overrides(keys, (key) => settings.inspect(`config.${key}`)),
    comments: settings.get("comments", "offer"),
  };
}

/** `tiro.server.path`, and whether the server is started again by itself. */
export function serverStart(folder?: WorkspaceFolder): { path: string; restart: boolean } {
  const settings = workspace.getConfiguration("tiro", folder?.uri);
  return { path: settings.get("server.path", ""), restart: settings.get("server.restart", true) };
}
