// Keys of providers: in the secret storage of VS Code, and from there into the environment of
// the server, never into settings, logs or messages.

import { window, workspace, type ExtensionContext } from "vscode";
import { keyVariables } from "./overrides";

const PREFIX = "tiro.key.";
const NAMES = "tiro.keys";

export class Keys {
  constructor(private readonly context: ExtensionContext) {}

  /** What the server is started with. */
  async environment(): Promise<Record<string, string>> {
    const environment: Record<string, string> = {};
    for (const name of this.#names) {
      const key = await this.context.secrets.get(PREFIX + name);
      if (key !== undefined) environment[name] = key;
    }
    return environment;
  }

  /** Asks for a key; whether one was set or taken away. */
  async ask(): Promise<boolean> {
    const providers: unknown = workspace.getConfiguration("tiro").get("config.model_providers");
    const set = this.#names;
    const picked = await window.showQuickPick(
      keyVariables(providers).map((label) => ({ label, description: set.includes(label) ? "is set" : "" })),
      { title: "Tiro: Set API Key", placeHolder: "The variable in which the server looks for the key" },
    );
    if (!picked) return false;
    const key = await window.showInputBox({
      title: `Tiro: ${picked.label}`,
      prompt: "Kept in the secret storage of VS Code and given to the server alone. Leave it empty to forget the key.",
      password: true,
      ignoreFocusOut: true,
    });
    if (key === undefined) return false;
    await this.set(picked.label, key.trim());
    return true;
  }

  /** Keeps a key; an empty one is forgotten. */
  async set(name: string, key: string): Promise<void> {
    if (key === "") await this.context.secrets.delete(PREFIX + name);
    else await this.context.secrets.store(PREFIX + name, key);
    const names = this.#names.filter((known) => known !== name);
    await this.context.globalState.update(NAMES, key === "" ? names : [...names, name]);
  }

  get #names(): string[] {
    return this.context.globalState.get<string[]>(NAMES, []);
  }
}
