/** Which files are sent how far, and what that says as a whole. */
import { count } from "../lib/format";
import type { Picked } from "./picking";

export type State = "waiting" | "sending" | "sent" | "failed";

export interface Row {
  path: string;
  size: number;
  /** Bytes that the server has. */
  sent: number;
  state: State;
  /** What went wrong, in a sentence. */
  problem: string;
}

export interface Totals {
  files: number;
  filesSent: number;
  filesFailed: number;
  bytes: number;
  bytesSent: number;
}

const FAILED_SHOWN = 50;
const SENT_SHOWN = 12;
const TOPS_NAMED = 3;
const WINDOW_MS = 10_000;

export const rowOf = ({ path, file }: Picked): Row => ({
  path,
  size: file.size,
  sent: 0,
  state: "waiting",
  problem: "",
});

export function totalsOf(rows: readonly Row[]): Totals {
  const totals = { files: rows.length, filesSent: 0, filesFailed: 0, bytes: 0, bytesSent: 0 };
  for (const row of rows) {
    totals.bytes += row.size;
    totals.bytesSent += row.sent;
    if (row.state === "sent") totals.filesSent += 1;
    if (row.state === "failed") totals.filesFailed += 1;
  }
  return totals;
}

/**
 * The rows worth showing of perhaps a hundred thousand: what failed, what is being sent, and the
 * last of what is through.
 */
export function shownOf(rows: readonly Row[]): Row[] {
  const failed = rows.filter(({ state }) => state === "failed").slice(0, FAILED_SHOWN);
  // A packed file whose bytes are all sent waits for those packed with it.
  const sending = rows.filter(({ state, sent, size }) => state === "sending" && sent < size);
  const sent = rows.filter(({ state }) => state === "sent").slice(-SENT_SHOWN);
  return [...failed, ...sending.slice(0, SENT_SHOWN), ...sent.reverse()];
}

/** How fast bytes go, over the last ten seconds. */
export class Pace {
  private samples: { at: number; bytes: number }[] = [];

  /** Forgets what was, as after a pause. */
  restart(): void {
    this.samples = [];
  }

  note(at: number, bytes: number): void {
    this.samples.push({ at, bytes });
    while ((this.samples[0]?.at ?? at) < at - WINDOW_MS) this.samples.shift();
  }

  /** Bytes a second; 0 while nobody can tell. */
  get perSecond(): number {
    const [first, last] = [this.samples[0], this.samples.at(-1)];
    if (!first || !last || last.at === first.at) return 0;
    return Math.max(0, ((last.bytes - first.bytes) / (last.at - first.at)) * 1000);
  }
}

/** What to say aloud: at every quarter, once. */
export function quarterOf({ bytes, bytesSent }: Totals): number {
  return bytes ? Math.floor((bytesSent / bytes) * 4) : 0;
}

/** What an import is called, by what was picked for it. */
export function titleOf(picked: readonly Picked[]): string {
  const tops = [...new Set(picked.map(({ path }) => path.split("/")[0] ?? path))];
  const [first = "files"] = tops;
  if (tops.length > TOPS_NAMED) return `${count(picked.length)} files`;
  return tops.length > 1 ? `${first} and ${tops.length - 1} more` : first;
}
