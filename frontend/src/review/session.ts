/** A person's work at the queue: holds tasks, shows them, takes decisions, keeps ahead. */
import { backoff, type ProjectEvent } from "../lib/events";
import { allows, classDecision, inWords } from "./decisions";
import { emptiness } from "./emptiness";
import { Outbox, type Shelf } from "./outbox";
import { pace, Stopwatch } from "./pace";
import type { Pictures } from "./pictures";
import { ReviewQueue } from "./queue";
import type { Screen } from "./screen";
import type {
  Answer,
  Counts,
  Decision,
  Outcome,
  ReviewApi,
  RoundState,
  Task,
  Verdict,
} from "./tasks";

const FEW = 8;
const MOST_AT_ONCE = 200;
const AHEAD = 4;
const TEND_MS = 2000;
/** After the queue had nothing new it is asked again this late, or this soon when it may have. */
const QUIET_MS = 20_000;
const SOON_MS = 2000;
/** What the server counts is told this late at most. */
const COUNTS_LAG_MS = 2500;

export interface Setup {
  size: number;
  counts: Counts;
  api: ReviewApi;
  shelf: Shelf;
  pictures: Pictures;
  screen: Screen;
}

/** A task's picture, and those of its evidence. */
function picturesOf({ image, parent, nearest }: Task): string[] {
  const evidence = parent ? [parent, ...nearest] : nearest;
  return [image.url, ...evidence.map(({ thumbnail_url }) => thumbnail_url)];
}

/** 128 random bits; `crypto.randomUUID` is missing where a page is served without TLS. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class ReviewSession {
  readonly outbox: Outbox;
  /** When the holds run out, as the server wrote it. */
  heldUntil: string | null = null;
  private readonly queue = new ReviewQueue();
  private readonly watch = new Stopwatch();
  private readonly decided: { task: Task; key: string }[] = [];
  /** The tasks of the answers that were taken back, by key. */
  private readonly takenBack = new Map<string, number>();
  private readonly times: number[] = [];
  private counts: Counts;
  private round: RoundState | undefined;
  /** The task on the screen, or on its way there. */
  private shown: Task | undefined;
  /** The task whose picture is before the person's eyes; decisions are about no other. */
  private seen: Task | undefined;
  private isReserving = false;
  private failures = 0;
  private askedAt = 0;
  /** No sooner is the queue asked again. */
  private askAgainAt = 0;
  private activeAt = Date.now();

  constructor(private readonly setup: Setup) {
    this.counts = setup.counts;
    this.outbox = new Outbox(setup.shelf, setup.api, {
      changed: () => this.tell(),
      settled: (answer, outcome) => this.settle(answer, outcome),
      stuck: (key, message) => this.stick(key, message),
    });
  }

  async start(): Promise<void> {
    setInterval(() => void this.tend(), TEND_MS);
    void this.outbox.send();
    await Promise.all([this.learnRound(), this.reserve()]);
    if (!this.queue.current) this.showEmpty();
  }

  // --- What the person does ---------------------------------------------------------------
  decide(verdict: Verdict): void {
    if (this.seen && allows(this.seen, verdict)) this.record({ verdict });
  }

  choose(annotationClass: string): void {
    if (this.seen) this.record(classDecision(this.seen, annotationClass));
  }

  skip(): void {
    this.activeAt = Date.now();
    this.queue.skip();
    void this.present();
  }

  move(by: 1 | -1): void {
    this.activeAt = Date.now();
    this.queue.move(by);
    void this.present();
  }

  takeBack(): void {
    const last = this.decided.pop();
    if (!last) {
      this.setup.screen.say("Nothing to take back on this page; see the image's own page.");
      return;
    }
    this.takenBack.set(last.key, last.task.id);
    this.outbox.takeBack(last.key);
    this.times.pop();
    this.queue.restore(last.task);
    this.setup.screen.say("Taken back");
    void this.present();
  }

  private record(decision: Decision): void {
    const task = this.seen;
    if (!task || task !== this.queue.current) return;
    this.seen = undefined;
    const key = newKey();
    this.queue.answer();
    this.decided.push({ task, key });
    this.times.push(Date.now());
    this.activeAt = Date.now();
    this.outbox.add({ task: task.id, ...decision, seconds: this.watch.seconds, key });
    this.setup.screen.decided(decision);
    void this.present();
    if (this.queue.left < FEW && Date.now() >= this.askAgainAt) void this.reserve();
  }

  // --- What the page and the server say -----------------------------------------------------
  /** The page was hidden or shown again. */
  visible(isVisible: boolean): void {
    if (!isVisible) {
      this.watch.pause();
      return;
    }
    this.watch.resume();
    void this.tend();
  }

  heard({ kind, payload }: ProjectEvent): void {
    if (kind === "review.counted") {
      this.counts = payload as unknown as Counts;
      this.tell();
    } else if (kind === "round.step" || kind === "round.done") {
      this.round = { number: Number(payload.round), step: String(payload.step) };
      void this.reserve({ isNewStep: true });
    } else {
      return;
    }
    if (this.queue.left > 0) return;
    this.showEmpty();
    const open = this.counts.open_annotate + this.counts.open_validate;
    if (open > 0) this.askAgainAt = Math.min(this.askAgainAt, this.askedAt + SOON_MS);
    void this.tend();
  }

  private settle(answer: Answer, outcome: Outcome): void {
    if (outcome.status !== "refused") return;
    this.queue.forget(answer.task);
    const at = this.decided.findIndex(({ key }) => key === answer.key);
    if (at >= 0) this.decided.splice(at, 1);
    this.setup.screen.warn(`“${inWords(answer)}” was not kept. ${outcome.message}`);
  }

  private stick(key: string, message: string): void {
    const task = this.takenBack.get(key);
    if (task !== undefined) this.queue.lose(task);
    this.setup.screen.warn(`That decision stands. ${message}`);
    void this.present();
  }

  // --- Keeping ahead ------------------------------------------------------------------------
  /** Every few seconds: fill up, and renew the holds of somebody who is there. */
  private async tend(): Promise<void> {
    if (document.hidden) return;
    const hold = this.heldUntil === null ? 0 : Date.parse(this.heldUntil) - Date.now();
    const isNearEnd = hold < 120_000 && Date.now() - this.activeAt < 300_000;
    const isLow = this.queue.left < FEW && Date.now() >= this.askAgainAt;
    if (isLow || (isNearEnd && this.queue.left > 0)) await this.reserve();
  }

  /** A new step may have withdrawn what we hold: then even the task in sight goes. */
  private async reserve({ isNewStep = false } = {}): Promise<void> {
    if (this.isReserving) return;
    this.isReserving = true;
    this.askedAt = Date.now();
    try {
      const size = Math.min(MOST_AT_ONCE, this.setup.size + this.outbox.waiting);
      const held = await this.setup.api.reserve(size);
      this.heldUntil = held.expires_at;
      const fresh = this.queue.sync(held.tasks);
      const current = this.queue.current;
      if (isNewStep && current && !held.tasks.some(({ id }) => id === current.id)) {
        this.queue.lose(current.id);
      }
      this.askAgainAt = fresh ? 0 : Date.now() + QUIET_MS;
      this.failures = 0;
      await this.present();
    } catch (error) {
      this.askAgainAt = Date.now() + backoff(this.failures);
      this.failures += 1;
      if (!this.queue.current) {
        this.setup.screen.empty({
          title: "The queue does not answer",
          text: `${error instanceof Error ? error.message : error} Trying again by itself.`,
        });
      }
    } finally {
      this.isReserving = false;
    }
  }

  // --- Showing ------------------------------------------------------------------------------
  /** Shows the current task, unless it is shown already or on its way to the screen. */
  private async present(): Promise<void> {
    const task = this.queue.current;
    this.tell();
    if (task && task === this.shown) return;
    this.shown = task;
    this.seen = undefined;
    if (task) await this.show(task);
    else this.showEmpty();
  }

  private async show(task: Task): Promise<void> {
    const { pictures, screen } = this.setup;
    const picture = pictures.get(task.image.url);
    pictures.prepare(this.queue.upcoming(AHEAD).flatMap(picturesOf));
    try {
      const image = await picture;
      if (this.shown !== task) return;
      await screen.show(task, image);
    } catch {
      if (this.shown === task) screen.broken(task);
      return;
    }
    if (this.shown !== task) return;
    this.seen = task;
    screen.ready(task);
    this.watch.restart();
    if (document.hidden) this.watch.pause();
  }

  private showEmpty(): void {
    const sinceLast = Date.now() - (this.times.at(-1) ?? 0);
    if (sinceLast < COUNTS_LAG_MS) {
      this.setup.screen.empty({ title: "That was your last one", text: "Looking for more …" });
      setTimeout(() => void this.present(), COUNTS_LAG_MS);
    } else {
      this.setup.screen.empty(emptiness(this.counts, this.round));
    }
  }

  private tell(): void {
    const { annotated, validated, open_annotate, open_validate, round } = this.counts;
    const done = annotated + validated;
    this.setup.screen.progress({
      round,
      done,
      total: done + open_annotate + open_validate,
      left: this.queue.left,
      mine: this.times.length,
      pace: pace(this.times),
      waiting: this.outbox.waiting,
      problem: this.outbox.problem,
    });
  }

  private async learnRound(): Promise<void> {
    try {
      this.round = await this.setup.api.round();
    } catch {
      // The queue works without it; only the reason for its emptiness is vaguer.
    }
  }
}
