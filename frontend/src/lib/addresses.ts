/** Lists of addresses on their way to the server, which reads and judges them. */

const TYPES: Record<string, string> = {
  csv: "text/csv",
  json: "application/json",
  jsonl: "application/x-ndjson",
  ndjson: "application/x-ndjson",
};

/** How a list is written, by its file's name. */
export function listType(name: string): string {
  return TYPES[name.toLowerCase().split(".").at(-1) ?? ""] ?? "text/plain";
}

/** What is sent: the file where there is one, else the lines. */
export async function listBody(file: File | undefined, lines: string): Promise<Blob> {
  if (!file?.size) return new Blob([lines], { type: "text/plain" });
  return new Blob([await file.arrayBuffer()], { type: listType(file.name) });
}

/** Class and split for lines that name none; `choice` is as in the upload's form. */
export function listQuery(choice: string, split: string): string {
  const said = new URLSearchParams();
  if (choice.startsWith("class:")) said.set("class", choice.slice("class:".length));
  if (split) said.set("split", split);
  return said.size ? `?${said}` : "";
}
