// Which documents belong to a folder, and are sent to its server.

import { workspace, type TextDocument, type WorkspaceFolder } from "vscode";

/** Characters beyond which a document is left to the disk: a message to the server has a limit. */
const DOCUMENT = 8 * 1024 * 1024;

/** Whether the server of this folder is told of a document: it is a file of the folder, and not one of another folder in it. */
export function isOf(folder: WorkspaceFolder, document: TextDocument): boolean {
  return document.uri.scheme === "file" && workspace.getWorkspaceFolder(document.uri)?.uri.toString() === folder.uri.toString();
}

/** Whether a document is small enough to be sent. */
export function isTold(document: TextDocument): boolean {
  return document.uri.scheme === "file" && document.getText().length <= DOCUMENT;
}
