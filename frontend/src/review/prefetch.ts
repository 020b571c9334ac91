/** Which pictures are fetched before they are needed. */
import type { Pictures } from "./pictures";
import type { ReviewQueue } from "./queue";
import type { Task } from "./tasks";

/** So many tasks' pictures are decoded ahead, and so many tasks' evidence. */
const AHEAD = 6;
const EVIDENCE_AHEAD = 3;
/** So many tasks' pictures are fetched ahead, for when the line breaks. */
const FETCHED = 40;

/** Fetches the pictures before what stands beside them: a browser fetches only a few at once. */
export function prefetch(pictures: Pictures, queue: ReviewQueue): void {
  const upcoming = queue.upcoming(FETCHED);
  pictures.prepare(upcoming.slice(0, AHEAD).map(({ image }) => image.url));
  pictures.prepare(upcoming.slice(0, EVIDENCE_AHEAD).flatMap(evidenceOf));
  pictures.fetch(upcoming.slice(AHEAD).map(({ image }) => image.url));
}

function evidenceOf({ parent, nearest }: Task): string[] {
  return (parent ? [parent, ...nearest] : nearest).map(({ thumbnail_url }) => thumbnail_url);
}
