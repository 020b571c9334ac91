/** What was decided on this page and before it, and taking any of it back. Knows no page. */
import { pastInWords } from "./decisions";
import type { Outbox } from "./outbox";
import { type Decided, type Past, pastOf } from "./past";
import type { PastDecision, ReviewApi } from "./tasks";

export interface LedgerEvents {
  /** A decision of this page was taken back: its task is shown again. */
  restored(decided: Decided): void;
  say(words: string): void;
}

export class Ledger {
  private decided: Decided[] = [];
  /** The tasks of the answers that were taken back, by key. */
  private readonly takenBack = new Map<string, number>();
  /** Names of decisions that the server may still tell, though they are being taken back. */
  private readonly leaving = new Set<string>();

  constructor(
    private readonly api: Pick<ReviewApi, "history">,
    private readonly outbox: Outbox,
    private readonly events: LedgerEvents,
  ) {}

  add(decided: Decided): void {
    this.leaving.delete(`skip ${decided.task.id}`);
    this.decided.push(decided);
  }

  /** The answer of that key was refused. */
  drop(key: string): void {
    this.decided = this.decided.filter((decided) => decided.key !== key);
  }

  /** The answer of that key, or review of that name, stands. Returns the task that is not ours then. */
  stuck(key: string): number | undefined {
    this.leaving.delete(key);
    return this.takenBack.get(key);
  }

  /** The last decisions that stand; `isWhole` unless the server could not tell those before this page. */
  async past(): Promise<{ decisions: Past[]; isWhole: boolean }> {
    let told: PastDecision[] = [];
    let isWhole = true;
    try {
      told = await this.api.history();
    } catch {
      isWhole = false;
    }
    const reviewOf = (key: string) => this.outbox.reviewOf(key);
    const decisions = pastOf(told, this.decided, reviewOf, pastInWords);
    return { decisions: decisions.filter(({ name }) => !this.leaving.has(name)), isWhole };
  }

  async takeBackLast(): Promise<void> {
    const last = this.decided.at(-1);
    if (last) {
      this.takeBackHere(last);
      return;
    }
    const { decisions, isWhole } = await this.past();
    if (decisions[0]) this.takeBack(decisions[0]);
    else if (isWhole) this.events.say("Nothing to take back");
    else this.events.say("What was decided before this page cannot be looked up offline");
  }

  takeBack(past: Past): void {
    if (past.decided) {
      this.takeBackHere(past.decided);
      return;
    }
    this.leaving.add(past.name);
    if (past.review) this.outbox.takeBackReview(past.review, past.task);
    else this.outbox.unskip(past.task);
    this.events.say(`Taken back: ${past.words}`);
  }

  private takeBackHere(decided: Decided): void {
    const { key, task, words } = decided;
    this.decided = this.decided.filter((other) => other !== decided);
    if (key === null) {
      this.leaving.add(`skip ${task.id}`);
      this.outbox.unskip(task.id);
    } else {
      this.takenBack.set(key, task.id);
      const review = this.outbox.reviewOf(key);
      if (review) this.leaving.add(review);
      this.outbox.takeBack(key);
    }
    this.events.say(`Taken back: ${words}`);
    this.events.restored(decided);
  }
}
