// The branch that is checked out in a folder, as VS Code's own Git extension knows it.

import { extensions, type Uri } from "vscode";

/** What is used of that extension's API, which has no types of its own here. */
interface Git {
  readonly enabled: boolean;
  getAPI(version: 1): { getRepository(uri: Uri): { readonly state: { readonly HEAD?: { readonly name?: string } } } | null };
}

/** Nothing where there is no repository, no branch, or that extension is off or not there yet. */
export function branchOf(folder: Uri): string | undefined {
  const git = extensions.getExtension<Git | undefined>("vscode.git");
  const api = git?.isActive === true ? git.exports : undefined;
  if (api?.enabled !== true) return undefined;
  return api.getAPI(1).getRepository(folder)?.state.HEAD?.name;
}
