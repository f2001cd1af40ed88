// Files of which a change cannot be taken now: those with changes that are not saved and that the
// server is not told of, and those that the person's settings say are read-only.

import { languages, RelativePattern, TabInputCustom, TabInputNotebook, TabInputText, window, workspace, type TextDocument, type Uri } from "vscode";
import { isTold } from "./server/documents";

/** Why a change of one of these files cannot be taken; nothing where all can. */
export function untakable(uris: readonly Uri[], short: (uri: Uri) => string): string | undefined {
  const wanted = new Map(uris.map((uri) => [uri.toString(), uri]));
  for (const uri of wanted.values()) {
    if (isReadonly(uri)) return `${short(uri)} is read-only by the setting files.readonlyInclude, so it is not changed`;
  }
  const told = new Set(workspace.textDocuments.filter(isTold).map(({ uri }) => uri.toString()));
  for (const { input, isDirty } of window.tabGroups.all.flatMap(({ tabs }) => tabs)) {
    if (!isDirty) continue;
    const isNotebook = input instanceof TabInputNotebook;
    if (!isNotebook && !(input instanceof TabInputText) && !(input instanceof TabInputCustom)) continue;
    const key = input.uri.toString();
    if (!wanted.has(key) || (input instanceof TabInputText && told.has(key))) continue;
    const what = isNotebook ? "it is open as a notebook" : input instanceof TabInputText ? "it is too large to be sent" : "its editor is not one of text";
    return `${short(input.uri)} has unsaved changes that Tiro is not told of, because ${what}: save it first`;
  }
  return undefined;
}

// VS Code keeps its own editors from writing there, and not what extensions do.
function isReadonly(uri: Uri): boolean {
  const settings = workspace.getConfiguration("files", uri);
  const root = workspace.getWorkspaceFolder(uri);
  const matches = (name: string): boolean =>
    Object.entries(settings.get<Record<string, boolean>>(name, {})).some(
      ([glob, isOn]) => isOn && languages.match({ pattern: root ? new RelativePattern(root, glob) : glob }, { uri, languageId: "" } as TextDocument) > 0,
    );
  return matches("readonlyInclude") && !matches("readonlyExclude");
}
