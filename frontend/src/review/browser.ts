/** What this browser keeps for a person at a project's queue. */
import type { Memory } from "./classes";
import type { Shelf } from "./outbox";
import { noShelf, storageShelf } from "./shelf";

/** The browser's storage; none where it is forbidden. */
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}

export function storedShelf(project: string, person: number): Shelf {
  const place = storage();
  return place ? storageShelf(place, project, person) : noShelf;
}

/** Names of lately used classes. */
export function storedNames(project: string, person: number): Memory {
  const name = `assay-classes:${project}:${person}`;
  return {
    load() {
      try {
        const names: unknown = JSON.parse(storage()?.getItem(name) ?? "[]");
        return Array.isArray(names) ? names.map(String) : [];
      } catch {
        return [];
      }
    },
    keep(names) {
      try {
        storage()?.setItem(name, JSON.stringify(names));
      } catch {
        // Full: the names live as long as the page.
      }
    },
  };
}
