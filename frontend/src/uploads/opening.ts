/** An import on the server: opened, asked about, begun. */
import { apiGet, apiPost } from "../lib/api";
import { type Known, withdraw } from "./sender";

export interface Choices {
  layout: string;
  split: string;
}

/** The choice of one class for all, `class:<name>`; else empty. */
export const classOf = (layout: string): string =>
  layout.startsWith("class:") ? layout.slice("class:".length) : "";

/**
 * A path as it is sent. Where all are of one class, it is the one folder that a file lies in, and
 * the folders that it came with are but part of its name.
 */
export function pathFor(path: string, layout: string): string {
  const name = classOf(layout);
  return name ? `${name}/${path.replaceAll("/", "_")}` : path;
}

/** Opens an import; resolves to its number. `calls` is the API's path of imports. */
export async function opened(calls: string, title: string, choices: Choices): Promise<number> {
  const layout = classOf(choices.layout) ? "folders" : choices.layout;
  const body = { title: title.slice(0, 160), layout, split: choices.split };
  return (await apiPost<{ id: number }>(calls, body)).id;
}

interface Page {
  next: string | null;
  results: Known[];
}

/** All that an import has, whole or in part. */
export async function knownOf(calls: string, number: number): Promise<Known[]> {
  const found: Known[] = [];
  let query: string | null = "?page_size=1000";
  while (query !== null) {
    const page: Page = await apiGet<Page>(`${calls}${number}/uploads/${query}`);
    found.push(...page.results);
    query = page.next && new URL(page.next).search;
  }
  return found;
}

/** Has the server take in what is there whole, and leave out what came in part. */
export async function begun(calls: string, number: number): Promise<void> {
  for (const { id, size, received } of await knownOf(calls, number)) {
    if (received < size) await withdraw(`/api/v1/${calls}${number}/uploads/${id}/`);
  }
  await apiPost(`${calls}${number}/begin/`);
}
