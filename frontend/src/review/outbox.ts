/**
 * Decisions on their way to the server: written down at once, sent in order until the server has
 * them, and never twice, since every answer carries a key. Knows no page.
 */
import { ApiError } from "../lib/api";
import { backoff } from "../lib/events";
import type { Answer, NewRemark, Outcome, ReviewApi, SkipReason } from "./tasks";

interface AnswerEntry {
  type: "answer";
  answer: Answer;
  tried: boolean;
}

/** Takes an answer of this page back, by its key, or one of an earlier page, by its review. */
interface TakeBackEntry {
  type: "takeBack";
  key: string;
  review: string | null;
  task?: number;
}

/** What a person decided. `order` sorts the entries across reloads. */
export type Entry = { order: string } & (
  | AnswerEntry
  | TakeBackEntry
  | { type: "skip"; task: number; reason: SkipReason; tried: boolean }
  | { type: "unskip"; task: number }
  | { type: "remark"; remark: NewRemark }
);
type EntryOf<T extends Entry["type"]> = Extract<Entry, { type: T }>;

/** Where entries outlive the page. */
export interface Shelf {
  load(): Entry[];
  /** Whether it is kept: a browser's storage may be full, or forbidden. */
  put(entry: Entry): boolean;
  remove(entry: Entry): void;
}

export interface OutboxEvents {
  /** The number waiting, or whether the server takes them, has changed. */
  changed(): void;
  /** The server has spoken about an answer. */
  settled(answer: Answer, outcome: Outcome): void;
  /** The answer of that key could not be taken back; of an earlier page's, the key is its review. */
  stuck(key: string, message: string): void;
  /** An earlier page's answer, or a skip, was taken back: the person holds the task again. */
  tookBack(task: number): void;
  /** Something beside an answer was not kept. */
  failed(message: string): void;
}

type Wait = (milliseconds: number) => Promise<void>;

const BATCH = 50;
const PASSING = [0, 401, 403, 408, 429];

/** Whether trying again may help: no connection, signed out, too busy, broken for the moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status >= 500 || PASSING.includes(error.status);
}

const OUT_OF_STORAGE = "This browser keeps nothing more: leave the page open until all is saved.";

export class Outbox {
  /** Why nothing goes out at the moment; empty while all is well. */
  problem = "";
  /** Whether the last try found no line at all. */
  isOffline = false;
  /** Whether the server does not know this page's person any more. */
  isSignedOut = false;
  private readonly entries: Entry[];
  private readonly reviews = new Map<string, string>();
  private isSending = false;
  private isWarned = false;
  private tries = 0;
  private count = 0;
  private wake: () => void = () => {};

  constructor(
    private readonly shelf: Shelf,
    private readonly api: Pick<ReviewApi, "answer" | "takeBack" | "skip" | "unskip" | "remark">,
    private readonly events: OutboxEvents,
    private readonly wait: Wait = (ms) => new Promise((done) => setTimeout(done, ms)),
  ) {
    this.entries = shelf.load().sort((a, b) => (a.order < b.order ? -1 : 1));
  }

  /** How many decisions the server has not confirmed. */
  get waiting(): number {
    return this.entries.length;
  }

  add(answer: Answer): void {
    this.push({ type: "answer", order: this.nextOrder(), answer, tried: false });
  }

  skip(task: number, reason: SkipReason): void {
    this.push({ type: "skip", order: this.nextOrder(), task, reason, tried: false });
  }

  remark(remark: NewRemark): void {
    this.push({ type: "remark", order: this.nextOrder(), remark });
  }

  /** Takes up what another tab of this person's has left on the shelf. */
  reload(): void {
    const known = new Set(this.entries.map(({ order }) => order));
    this.entries.push(...this.shelf.load().filter(({ order }) => !known.has(order)));
    this.entries.sort((a, b) => (a.order < b.order ? -1 : 1));
    void this.send();
  }

  /** The server's name for the answer of that key, once it has told it. */
  reviewOf(key: string): string | undefined {
    return this.reviews.get(key);
  }

  /** Takes back an answer that an earlier page gave. */
  takeBackReview(review: string, task: number): void {
    this.push({ type: "takeBack", order: this.nextOrder(), key: review, review, task });
  }

  /** Takes a skip back: unsent, it is torn up, and nothing was skipped. Whether it was unsent. */
  unskip(task: number): boolean {
    const unsent = this.entries.find(
      (entry) => entry.type === "skip" && entry.task === task && !entry.tried,
    );
    if (unsent) {
      this.drop(unsent);
      this.events.changed();
    } else {
      this.push({ type: "unskip", order: this.nextOrder(), task });
    }
    return unsent !== undefined;
  }

  /** Takes the answer of that key back: unsent, it is torn up; else the server is told in turn. */
  takeBack(key: string): void {
    const unsent = this.entries.find(
      (entry) => entry.type === "answer" && entry.answer.key === key && !entry.tried,
    );
    if (unsent) {
      this.drop(unsent);
      this.events.changed();
    } else {
      const review = this.reviews.get(key) ?? null;
      this.push({ type: "takeBack", order: this.nextOrder(), key, review });
    }
  }

  /** Sends what waits, at once; as at the start, or when the connection is back. */
  async send(): Promise<void> {
    this.wake();
    if (this.isSending) return;
    this.isSending = true;
    while (this.entries.length > 0) {
      try {
        await this.sendNext();
        this.tries = 0;
        this.problem = "";
        this.isOffline = false;
        this.isSignedOut = false;
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
        const status = error instanceof ApiError ? error.status : undefined;
        this.isOffline = status === 0;
        this.isSignedOut = status === 401 || status === 403;
        this.events.changed();
        await Promise.race([
          this.wait(backoff(this.tries)),
          new Promise<void>((woken) => {
            this.wake = woken;
          }),
        ]);
        this.tries += 1;
      }
      this.events.changed();
    }
    this.isSending = false;
  }

  private push(entry: Entry): void {
    this.entries.push(entry);
    if (!this.shelf.put(entry)) this.warnOnce();
    this.events.changed();
    if (!this.isSending) void this.send();
  }

  private warnOnce(): void {
    if (!this.isWarned) this.events.failed(OUT_OF_STORAGE);
    this.isWarned = true;
  }

  private drop(entry: Entry): void {
    const at = this.entries.indexOf(entry);
    if (at >= 0) this.entries.splice(at, 1);
    this.shelf.remove(entry);
  }

  private sendNext(): Promise<void> {
    const first = this.entries[0];
    if (first?.type === "takeBack") return this.sendTakeBack(first);
    return !first || first.type === "answer" ? this.sendAnswers() : this.sendOther(first);
  }

  private async sendAnswers(): Promise<void> {
    const batch: EntryOf<"answer">[] = [];
    for (const entry of this.entries.slice(0, BATCH)) {
      if (entry.type !== "answer") break;
      batch.push(entry);
    }
    for (const entry of batch.filter((entry) => !entry.tried)) {
      entry.tried = true;
      this.shelf.put(entry);
    }
    let outcomes: Outcome[];
    try {
      outcomes = await this.api.answer(batch.map((entry) => entry.answer));
    } catch (error) {
      if (isPassing(error)) throw error;
      const message = (error as ApiError).message;
      outcomes = batch.map(({ answer }) => ({
        key: answer.key,
        status: "refused",
        id: null,
        message,
      }));
    }
    for (const [index, entry] of batch.entries()) {
      const outcome = outcomes[index];
      if (!outcome) throw new Error("Assay's answer was cut short. Trying again.");
      if (outcome.id) this.reviews.set(entry.answer.key, outcome.id);
      this.drop(entry);
      this.events.settled(entry.answer, outcome);
    }
  }

  private async sendTakeBack(entry: EntryOf<"takeBack">): Promise<void> {
    const review = entry.review ?? this.reviews.get(entry.key);
    try {
      // Without a review the answer was refused: there is nothing to take back.
      if (review) await this.api.takeBack(review);
      if (entry.task !== undefined) this.events.tookBack(entry.task);
    } catch (error) {
      if (isPassing(error)) throw error;
      this.events.stuck(entry.key, (error as ApiError).message);
    }
    this.drop(entry);
  }

  private async sendOther(entry: EntryOf<"skip" | "unskip" | "remark">): Promise<void> {
    try {
      if (entry.type === "skip") {
        entry.tried = true;
        this.shelf.put(entry);
        await this.api.skip(entry.task, entry.reason);
      } else if (entry.type === "unskip") {
        await this.api.unskip(entry.task);
        this.events.tookBack(entry.task);
      } else {
        await this.api.remark(entry.remark);
      }
    } catch (error) {
      if (isPassing(error)) throw error;
      this.events.failed((error as ApiError).message);
    }
    this.drop(entry);
  }

  private nextOrder(): string {
    this.count += 1;
    return `${Date.now()}`.padStart(15, "0") + `${this.count}`.padStart(6, "0");
  }
}
