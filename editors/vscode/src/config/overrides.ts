// From the settings `tiro.config.*` to what the server takes as overrides: only what a person
// has set. Imports nothing of VS Code.

/** What is known of one setting, as VS Code tells it. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
}

/** What a person set, the nearest first; nothing where they set nothing. */
export function chosen(inspected: Inspected | undefined): unknown {
  return [inspected?.workspaceFolderValue, inspected?.workspaceValue, inspected?.globalValue].find(
    (value) => value !== undefined && value !== null,
  );
}

/** The overrides; `keys` are those of the configuration file. */
export function overrides(keys: readonly string[], inspect: (key: string) => Inspected | undefined): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const key of keys) {
    const value = chosen(inspect(key));
    if (value !== undefined) result[key] = value;
  }
  return result;
}

/** Environment variables in which a provider's key may be, those of the person's own providers too. */
export function keyVariables(providers: unknown): string[] {
  const known = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"];
  if (typeof providers !== "object" || providers === null) return known;
  const own = Object.values(providers as Record<string, unknown>).flatMap((provider) => {
    const key: unknown = typeof provider === "object" && provider !== null ? (provider as { env_key?: unknown }).env_key : undefined;
    return typeof key === "string" && /^[A-Za-z_]\w*$/.test(key) ? [key] : [];
  });
  return [...new Set([...own, ...known])];
}
