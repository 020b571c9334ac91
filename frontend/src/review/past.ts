/** What this person decided, newest first: on this page, and before it as the server tells. */
import type { Kind, PastDecision, Picture, Task } from "./tasks";

/** A decision of this page: an answer by its key, or a skip. */
export interface Decided {
  task: Task;
  key: string | null;
  words: string;
  at: number;
}

/** A decision as the drawer shows it. */
export interface Past {
  /** Names the decision: an answer's id or key, or the skipped task. */
  name: string;
  task: number;
  kind: Kind;
  words: string;
  image: Picture;
  at: Date;
  /** Of this page. */
  decided: Decided | undefined;
  /** The server's name for the answer; null for a skip, and while it is on its way. */
  review: string | null;
}

export const LAST = 50;

/**
 * The last decisions: those of this page that `told` lacks, as they are on their way, then what is
 * told. `reviewOf` gives the server's name of an answer by its key.
 */
export function pastOf(
  told: readonly PastDecision[],
  decided: readonly Decided[],
  reviewOf: (key: string) => string | undefined,
  inWords: (decision: PastDecision) => string,
): Past[] {
  const mine = decided.map((one): Past => {
    const review = (one.key && reviewOf(one.key)) ?? null;
    const name = review ?? one.key ?? `skip ${one.task.id}`;
    const { id: task, kind, image } = one.task;
    const at = new Date(one.at);
    return { name, task, kind, words: one.words, image, at, decided: one, review };
  });
  const known = new Map(mine.map((past) => [past.name, past]));
  const before = told.map((past): Past => {
    const name = past.id ?? `skip ${past.task}`;
    const { task, kind, image } = past;
    return {
      name, task, kind, image, words: inWords(past), at: new Date(past.at),
      decided: known.get(name)?.decided, review: past.id,
    }; // biome-ignore format: a table
  });
  const isTold = new Set(before.map(({ name }) => name));
  const onTheWay = mine.filter(({ name }) => !isTold.has(name)).reverse();
  return [...onTheWay, ...before].slice(0, LAST);
}
