/** Files as people pick them: dropped with their folders, or chosen in a dialog. */

export interface Picked {
  /** The file's name with its folders, such as `train/boot/1.jpg`. */
  path: string;
  file: File;
}

const NOBODY_S = new Set(["thumbs.db", "desktop.ini", "__macosx"]);

/** Whether somebody meant to send it: hidden files and those that systems leave behind are not. */
export function isMeant(path: string): boolean {
  return path
    .split("/")
    .every((part) => !part.startsWith(".") && !NOBODY_S.has(part.toLowerCase()));
}

/** In the order of their paths, so that the same folder is always the same list. */
export function inOrder(picked: Picked[]): Picked[] {
  return picked
    .filter(({ path }) => isMeant(path))
    .sort((one, other) => (one.path < other.path ? -1 : one.path > other.path ? 1 : 0));
}

/** What a file dialog gave, of single files or of a folder. */
export function chosen(files: Iterable<File>): Picked[] {
  return inOrder([...files].map((file) => ({ path: file.webkitRelativePath || file.name, file })));
}

/**
 * What was dropped, folders with all that is in them. Must be called within the drop's own event;
 * `onFound` hears how many files there are so far.
 */
export async function dropped(
  transfer: DataTransfer,
  onFound: (count: number) => void,
): Promise<Picked[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const picked: Picked[] = [];
  for (const entry of entries) {
    if (entry) await walk(entry, picked, onFound);
  }
  return inOrder(picked);
}

async function walk(
  entry: FileSystemEntry,
  picked: Picked[],
  onFound: (count: number) => void,
): Promise<void> {
  const path = entry.fullPath.replace(/^\//, "");
  if (!isMeant(path)) return;
  if (entry.isFile) {
    picked.push({ path, file: await fileOf(entry as FileSystemFileEntry) });
    onFound(picked.length);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives some entries at a time, and none at the end.
  for (let some = await next(reader); some.length; some = await next(reader)) {
    for (const each of some) await walk(each, picked, onFound);
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((done, failed) => entry.file(done, failed));

const next = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((done, failed) => reader.readEntries(done, failed));
