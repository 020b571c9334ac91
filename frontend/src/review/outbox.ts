/**
 * Decisions on their way to the server: written down at once, sent in order until the server has
 * them, and never twice, since every answer carries a key. Knows no page.
 */
import { ApiError } from "../lib/api";
import { backoff } from "../lib/events";
import type { Answer, Outcome, ReviewApi } from "./tasks";

/** An answer, or the wish to take one back. `order` sorts them across reloads. */
export type Entry =
  | { type: "answer"; order: string; answer: Answer; tried: boolean }
  | { type: "takeBack"; order: string; key: string; review: string | null };

/** Where entries outlive the page. */
export interface Shelf {
  load(): Entry[];
  put(entry: Entry): void;
  remove(entry: Entry): void;
}

export interface OutboxEvents {
  /** The number waiting, or whether the server takes them, has changed. */
  changed(): void;
  /** The server has spoken about an answer. */
  settled(answer: Answer, outcome: Outcome): void;
  /** The answer of that key could not be taken back. */
  stuck(key: string, message: string): void;
}

type Wait = (milliseconds: number) => Promise<void>;

const BATCH = 50;
const PASSING = [0, 401, 403, 408, 429];

/** Whether trying again may help: no connection, signed out, too busy, broken for the moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  return error.status >= 500 || PASSING.includes(error.status);
}

export class Outbox {
  /** Why nothing goes out at the moment; empty while all is well. */
  problem = "";
  private readonly entries: Entry[];
  private readonly reviews = new Map<string, string>();
  private isSending = false;
  private tries = 0;
  private count = 0;
  private wake: () => void = () => {};

  constructor(
    private readonly shelf: Shelf,
    private readonly api: Pick<ReviewApi, "answer" | "takeBack">,
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
      } catch (error) {
        this.problem = error instanceof Error ? error.message : String(error);
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
    this.shelf.put(entry);
    this.events.changed();
    if (!this.isSending) void this.send();
  }

  private drop(entry: Entry): void {
    const at = this.entries.indexOf(entry);
    if (at >= 0) this.entries.splice(at, 1);
    this.shelf.remove(entry);
  }

  private sendNext(): Promise<void> {
    const first = this.entries[0];
    return first?.type === "takeBack" ? this.sendTakeBack(first) : this.sendAnswers();
  }

  private async sendAnswers(): Promise<void> {
    const batch: Extract<Entry, { type: "answer" }>[] = [];
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

  private async sendTakeBack(entry: Extract<Entry, { type: "takeBack" }>): Promise<void> {
    const review = entry.review ?? this.reviews.get(entry.key);
    try {
      // Without a review the answer was refused: there is nothing to take back.
      if (review) await this.api.takeBack(review);
    } catch (error) {
      if (isPassing(error)) throw error;
      this.events.stuck(entry.key, (error as ApiError).message);
    }
    this.drop(entry);
  }

  private nextOrder(): string {
    this.count += 1;
    return `${Date.now()}`.padStart(15, "0") + `${this.count}`.padStart(6, "0");
  }
}
