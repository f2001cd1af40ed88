// A file system that no server can read.

import { Disposable, EventEmitter, FileType, type FileChangeEvent, type FileSystemProvider, type Uri } from "vscode";

/** A file system in memory with one file. */
export class Memory implements FileSystemProvider {
  text = "only in memory\n";
  readonly onDidChangeFile = new EventEmitter<FileChangeEvent[]>().event;
  watch = (): Disposable => new Disposable(() => undefined);
  stat = () => ({ type: FileType.File, ctime: 0, mtime: 0, size: this.text.length });
  readDirectory = (): [string, FileType][] => [];
  createDirectory = (): void => undefined;
  readFile = (): Uint8Array => new TextEncoder().encode(this.text);
  writeFile = (_uri: Uri, content: Uint8Array): void => void (this.text = new TextDecoder().decode(content));
  delete = (): void => undefined;
  rename = (): void => undefined;
}
