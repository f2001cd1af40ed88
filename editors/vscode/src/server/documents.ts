// Which documents belong to a folder.

import { workspace, type TextDocument, type WorkspaceFolder } from "vscode";

/** Whether the server of this folder is told of a document: it is a file of the folder, and not one of another folder in it. */
export function isOf(folder: WorkspaceFolder, document: TextDocument): boolean {
  return document.uri.scheme === "file" && workspace.getWorkspaceFolder(document.uri)?.uri.toString() === folder.uri.toString();
}
