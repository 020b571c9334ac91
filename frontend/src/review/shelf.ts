/** Entries of the outbox in the browser's storage, one item each, so that two tabs never overwrite each other. */
import type { Entry, Shelf } from "./outbox";

/** For browsers that forbid storage: nothing outlives the page. */
export const noShelf: Shelf = { load: () => [], put: () => false, remove() {} };

/** A shelf of one project and person: who signs in next on this machine sends nobody else's answers. */
export function storageShelf(storage: Storage, project: string, person: number): Shelf {
  const prefix = `assay-outbox:${project}:${person}:`;
  return {
    load() {
      const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "");
      return names
        .filter((name) => name.startsWith(prefix))
        .flatMap((name) => read(storage.getItem(name)));
    },
    put(entry) {
      try {
        storage.setItem(prefix + entry.order, JSON.stringify(entry));
        return true;
      } catch {
        // Full or forbidden: the entry lives as long as the page, which warns before it is left.
        return false;
      }
    },
    remove(entry) {
      storage.removeItem(prefix + entry.order);
    },
  };
}

function read(text: string | null): Entry[] {
  try {
    return text ? [JSON.parse(text) as Entry] : [];
  } catch {
    return [];
  }
}
