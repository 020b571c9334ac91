/** The tasks in this person's hand: holds them, renews them, and knows when to ask for more. Knows no page. */
import { ApiError } from "../lib/api";
import { backoff } from "../lib/events";
import { ReviewQueue } from "./queue";
import type { ReviewApi } from "./tasks";

const FEW = 8;
const MOST_AT_ONCE = 200;
/** After the queue had nothing new it is asked again this late, or this soon when it may have. */
const QUIET_MS = 20_000;
const SOON_MS = 2000;
/** A hold that ends within this is renewed. */
const NEAR_MS = 120_000;

export class Hand {
  readonly queue = new ReviewQueue();
  /** When the holds run out, as the server wrote it. */
  heldUntil: string | null = null;
  /** What the server wants the person to be told. */
  notice = "";
  private isBusy = false;
  private failures = 0;
  private askedAt = 0;
  /** No sooner is the queue asked again. */
  private askAgainAt = 0;

  constructor(
    private readonly api: Pick<ReviewApi, "reserve" | "renew">,
    /** Tasks to hold at once, as the project's policy is now. */
    public size: number,
  ) {}

  get isLow(): boolean {
    return this.queue.left < FEW && Date.now() >= this.askAgainAt;
  }

  /** Whether the holds ran out, as while the machine slept or the line was down. */
  get isRunOut(): boolean {
    return this.queue.left > 0 && this.remaining <= 0;
  }

  get isNearEnd(): boolean {
    return this.queue.left > 0 && this.remaining < NEAR_MS;
  }

  /** The queue may have something: it is asked soon, however lately it had nothing. */
  expect(): void {
    this.askAgainAt = Math.min(this.askAgainAt, this.askedAt + SOON_MS);
  }

  /**
   * Fills up, and renews what is held. `waiting` answers are on their way: their tasks are told
   * still. A new step of the round may have withdrawn what we hold: then even the task in sight
   * goes. Rejects where the server gave nothing.
   */
  async fill({ waiting = 0, isNewStep = false } = {}): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.askedAt = Date.now();
    try {
      const held = await this.api.reserve(Math.min(MOST_AT_ONCE, this.size + waiting));
      this.heldUntil = held.expires_at;
      this.notice = held.notice ?? "";
      const fresh = this.queue.sync(held.tasks);
      const current = this.queue.current;
      if (isNewStep && current && !held.tasks.some(({ id }) => id === current.id)) {
        this.queue.lose(current.id);
      }
      this.askAgainAt = fresh ? 0 : Date.now() + QUIET_MS;
      this.failures = 0;
    } catch (error) {
      this.askAgainAt = Date.now() + backoff(this.failures);
      this.failures += 1;
      throw error;
    } finally {
      this.isBusy = false;
    }
  }

  /** Holds again what ran out; what went to other people is let go. Returns how many did. */
  async renew(): Promise<number> {
    const ids = this.queue.ids;
    if (!ids.length) return 0;
    const { lost, expires_at } = await this.api.renew(ids);
    this.heldUntil = expires_at;
    const gone = lost.filter((id) => this.queue.ids.includes(id));
    for (const id of gone) this.queue.lose(id);
    if (gone.length) this.expect();
    return gone.length;
  }

  /** Lets go of everything, without telling the server: another tab goes on with it. */
  drop(): void {
    this.queue.clear();
    this.heldUntil = null;
  }

  private get remaining(): number {
    return this.heldUntil === null ? 0 : Date.parse(this.heldUntil) - Date.now();
  }
}

/** Whether no line is there at all. */
export function isLineDown(error: unknown): boolean {
  return error instanceof ApiError && error.status === 0;
}
