/** Sending many files in requests that stay small enough to answer soon. */

export interface Report {
  accepted: { id: number; name: string }[];
  duplicates: { id: number; name: string }[];
  refused: { name: string; reason: string; detail: string }[];
}

const MOST_FILES = 100;
const MOST_BYTES = 32 * 1024 * 1024;

/** The files in their order, parted; a file over the limit goes alone. */
export function batchesOf<T extends { size: number }>(
  files: readonly T[],
  mostFiles = MOST_FILES,
  mostBytes = MOST_BYTES,
): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = batches.at(-1);
    if (last && last.length < mostFiles && bytes + file.size <= mostBytes) {
      last.push(file);
      bytes += file.size;
    } else {
      batches.push([file]);
      bytes = file.size;
    }
  }
  return batches;
}

/** Two reports as one. */
export function together(one: Report, other: Report): Report {
  return {
    accepted: [...one.accepted, ...other.accepted],
    duplicates: [...one.duplicates, ...other.duplicates],
    refused: [...one.refused, ...other.refused],
  };
}

/** What became of the files, in a sentence. */
export function inWords({ accepted, duplicates, refused }: Report): string {
  const parts = [`${accepted.length} taken in`];
  if (duplicates.length) parts.push(`${duplicates.length} known already`);
  if (refused.length) parts.push(`${refused.length} refused`);
  return `${parts.join(", ")}.`;
}

/** An upload's form: `choice` is "", "folders" or "class:<name>", for every file the same. */
export function uploadForm(files: readonly File[], choice: string, split: string): FormData {
  const form = new FormData();
  for (const file of files) form.append("files", file, file.name);
  if (choice === "folders") form.append("classes", choice);
  else if (choice) {
    form.append("classes", JSON.stringify(files.map(() => choice.slice("class:".length))));
  }
  if (split) form.append("split", split);
  return form;
}
