/** A person's work at the queue: shows the tasks in hand, takes decisions, keeps ahead. */
import type { ProjectEvent } from "../lib/events";
import { newKey } from "./answer_key";
import { inWords, SKIP_REASONS } from "./decisions";
import { emptiness } from "./emptiness";
import { Hand, isLineDown } from "./hand";
import { Ledger } from "./ledger";
import { allows, classDecision } from "./modes";
import { Outbox, type Shelf } from "./outbox";
import { pace, Stopwatch } from "./pace";
import type { Decided, Past } from "./past";
import type { Pictures } from "./pictures";
import { prefetch } from "./prefetch";
import { Remarks } from "./remarks";
import type { Screen } from "./screen";
import type {
  Answer,
  Counts,
  Decision,
  Kind,
  Outcome,
  RemarkKind,
  ReviewApi,
  RoundState,
  SkipReason,
  Task,
} from "./tasks";

const TEND_MS = 2000;
/** Who did nothing for so long lets the holds run out. */
const IDLE_MS = 300_000;
/** What the server counts is told this late at most. */
const COUNTS_LAG_MS = 2500;

export interface Setup {
  size: number;
  /** The kind that all questions of the page are of, if it asks but one. */
  only?: Kind | null;
  counts: Counts;
  api: ReviewApi;
  shelf: Shelf;
  pictures: Pictures;
  screen: Screen;
}

export class ReviewSession {
  readonly outbox: Outbox;
  private readonly hand: Hand;
  private readonly watch = new Stopwatch();
  private readonly ledger: Ledger;
  private readonly remarks: Remarks;
  private readonly times: number[] = [];
  private counts: Counts;
  private round: RoundState | undefined;
  /** The task on the screen, or on its way there. */
  private shown: Task | undefined;
  /** The task whose picture is before the person's eyes; decisions are about no other. */
  private seen: Task | undefined;
  private isRenewing = false;
  /** Another tab goes on with the work. */
  private isAway = false;
  private isLineDown = false;
  private wasSignedOut = false;
  private activeAt = Date.now();

  constructor(private readonly setup: Setup) {
    this.counts = setup.counts;
    this.hand = new Hand(setup.api, setup.size);
    this.outbox = new Outbox(setup.shelf, setup.api, {
      changed: () => this.sent(),
      settled: (answer, outcome) => this.settle(answer, outcome),
      stuck: (key, message) => this.stick(key, message),
      tookBack: (task) => void this.bring(task),
      failed: (message) => setup.screen.warn(message),
    });
    this.ledger = new Ledger(setup.api, this.outbox, {
      restored: (decided) => this.restore(decided),
      say: (words) => setup.screen.say(words),
    });
    this.remarks = new Remarks(setup.api, this.outbox, setup.screen);
  }

  async start(): Promise<void> {
    setInterval(() => void this.tend(), TEND_MS);
    void this.outbox.send();
    await Promise.all([this.learnRound(), this.reserve()]);
    if (!this.queue.current && !this.isAway) this.showEmpty();
  }

  /** When the holds run out, as the server wrote it. */
  get heldUntil(): string | null {
    return this.hand.heldUntil;
  }

  /** The task before the person's eyes; decisions are about no other. */
  get task(): Task | undefined {
    return this.seen;
  }

  /** Whether a task is on the screen, its picture broken or not. */
  get hasTask(): boolean {
    return this.shown !== undefined;
  }

  private get queue() {
    return this.hand.queue;
  }

  // --- What the person does ---------------------------------------------------------------
  decide(decision: Decision): void {
    if (this.seen && allows(this.seen, decision.verdict)) this.record(decision);
  }

  choose(annotationClass: string): void {
    const decision = this.seen && classDecision(this.seen, annotationClass);
    if (decision) this.record(decision);
  }

  /** Never asked again, unless it is taken back; others are. */
  skip(reason: SkipReason): void {
    const task = this.shown;
    if (!task || task !== this.queue.current) return;
    const words = `Skipped: ${SKIP_REASONS[reason]}`;
    this.outbox.skip(task.id, reason);
    this.goOn({ task, key: null, words, at: Date.now() });
    this.setup.screen.say(words);
  }

  move(by: 1 | -1): void {
    this.activeAt = Date.now();
    this.queue.move(by);
    void this.present();
  }

  /** Flags, comments on or bookmarks the task in sight. */
  mark(kind: RemarkKind, text = ""): void {
    if (this.shown) void this.remarks.toggle(this.shown, kind, text);
  }

  private record(decision: Decision): void {
    const task = this.seen;
    if (!task || task !== this.queue.current) return;
    const key = newKey();
    const reasons = decision.reasons ?? this.setup.screen.reasons(decision.verdict);
    this.times.push(Date.now());
    this.outbox.add({ task: task.id, ...decision, reasons, seconds: this.watch.seconds, key });
    this.setup.screen.decided(decision);
    this.goOn({ task, key, words: inWords(decision), at: Date.now() });
  }

  private goOn(decided: Decided): void {
    this.seen = undefined;
    this.queue.answer();
    this.ledger.add(decided);
    this.activeAt = Date.now();
    void this.present();
    if (this.hand.isLow) void this.reserve();
  }

  // --- Taking back --------------------------------------------------------------------------
  past(): ReturnType<Ledger["past"]> {
    return this.ledger.past();
  }

  takeBackLast(): Promise<void> {
    return this.ledger.takeBackLast();
  }

  takeBack(past: Past): void {
    this.ledger.takeBack(past);
  }

  private restore({ task, key }: Decided): void {
    if (key !== null) this.times.pop();
    this.queue.restore(task);
    void this.present();
  }

  /** Shows a task that the person holds again, as its decision was taken back. */
  private async bring(task: number): Promise<void> {
    this.queue.forget(task);
    for (let tries = 0; tries < 2 && !this.queue.bring(task); tries += 1) await this.reserve();
    this.queue.bring(task);
    await this.present();
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

  /** The browser says that the line is back. */
  async online(): Promise<void> {
    await Promise.all([this.outbox.send(), this.tend({ isLineBack: true })]);
  }

  offline(): void {
    this.setLine(false);
  }

  /** Another tab of this person's goes on with the work. */
  leave(): void {
    this.isAway = true;
    this.hand.drop();
    this.shown = undefined;
    this.seen = undefined;
    this.setup.screen.away();
  }

  async comeBack(): Promise<void> {
    this.isAway = false;
    this.outbox.reload();
    await this.reserve();
    if (!this.queue.current) this.showEmpty();
  }

  heard({ kind, payload }: ProjectEvent): void {
    if (kind === "review.counted") {
      this.counts = payload as unknown as Counts;
      this.tell();
    } else if (kind === "round.step" || kind === "round.done") {
      this.round = { number: Number(payload.round), step: String(payload.step) };
      void this.reserve({ isNewStep: true });
    } else {
      if (kind === "review.settings") this.hand.size = Number(payload.reservation_size);
      return;
    }
    if (this.queue.left > 0 || this.isAway) return;
    this.showEmpty();
    if (this.counts.open_annotate + this.counts.open_validate > 0) this.hand.expect();
    void this.tend();
  }

  /** Something was sent, or could not be. */
  private sent(): void {
    const { isSignedOut } = this.outbox;
    if (isSignedOut && !this.wasSignedOut) {
      this.setup.screen.warn(
        "You are signed out here, or somebody else signed in. What you decided is kept in this" +
          " browser: sign in again, then load this page again.",
      );
    }
    this.wasSignedOut = isSignedOut;
    this.tell();
  }

  private settle(answer: Answer, outcome: Outcome): void {
    if (outcome.status !== "refused") return;
    this.queue.forget(answer.task);
    this.ledger.drop(answer.key);
    this.setup.screen.warn(`“${inWords(answer)}” was not kept. ${outcome.message}`);
  }

  private stick(key: string, message: string): void {
    const task = this.ledger.stuck(key);
    if (task !== undefined) this.queue.lose(task);
    this.setup.screen.warn(`That decision stands. ${message}`);
    void this.present();
  }

  // --- Keeping ahead ------------------------------------------------------------------------
  /** Every few seconds: fill up, and renew the holds of somebody who is there. */
  private async tend({ isLineBack = false } = {}): Promise<void> {
    if (document.hidden || this.isAway) return;
    const isThere = Date.now() - this.activeAt < IDLE_MS;
    if (this.hand.isRunOut && (isThere || isLineBack)) await this.renew();
    if (this.hand.isLow || (isThere && this.hand.isNearEnd) || isLineBack) await this.reserve();
  }

  private async reserve({ isNewStep = false } = {}): Promise<void> {
    if (this.isAway) return;
    try {
      const told = this.hand.notice;
      await this.hand.fill({ waiting: this.outbox.waiting, isNewStep });
      if (this.hand.notice && this.hand.notice !== told) this.setup.screen.warn(this.hand.notice);
      this.setLine(true);
      if (this.isAway) return;
      const shown = this.present();
      prefetch(this.setup.pictures, this.queue);
      await shown;
    } catch (error) {
      this.setLine(!isLineDown(error));
      if (this.queue.current || this.isAway) return;
      const title = this.isLineDown ? "You are offline" : "The queue gives no questions";
      const message = error instanceof Error ? error.message : String(error);
      this.setup.screen.empty({ title, text: `${message} This page tries again by itself.` });
    }
  }

  /** Holds again what ran out meanwhile; what others have taken is put away with one sentence. */
  private async renew(): Promise<void> {
    if (this.isRenewing || this.isAway) return;
    this.isRenewing = true;
    try {
      const lost = await this.hand.renew();
      this.setLine(true);
      if (lost === 0) return;
      const what = lost === 1 ? "1 question went" : `${lost} questions went`;
      this.setup.screen.say(`${what} to other people while you were away.`);
      await this.present();
    } catch (error) {
      // Without a line the work goes on: the answer is taken as long as nobody else is at it.
      this.setLine(!isLineDown(error));
    } finally {
      this.isRenewing = false;
    }
  }

  private setLine(isThere: boolean): void {
    if (this.isLineDown === !isThere) return;
    this.isLineDown = !isThere;
    this.setup.screen.say(
      isThere ? "The line is back" : "Offline: decisions are kept in this browser",
    );
    this.tell();
  }

  // --- Showing ------------------------------------------------------------------------------
  /** Shows the current task, unless it is shown already or on its way to the screen. */
  private async present(): Promise<void> {
    if (this.isAway) return;
    if (this.isLineDown) this.preferFetched();
    const task = this.queue.current;
    this.tell();
    if (task && task === this.shown) return;
    this.shown = task;
    this.seen = undefined;
    if (task) await this.show(task);
    else this.showEmpty();
  }

  /** Offline, the next one is one whose picture is here. */
  private preferFetched(): void {
    const tasks = [this.queue.current, ...this.queue.upcoming(this.queue.left)];
    const fetched = tasks.find((task) => task && this.setup.pictures.has(task.image.url));
    if (fetched) this.queue.bring(fetched.id);
  }

  private async show(task: Task): Promise<void> {
    const { pictures, screen } = this.setup;
    const picture = pictures.get(task.image.url);
    prefetch(this.setup.pictures, this.queue);
    try {
      const image = await picture;
      if (this.hand.isRunOut && !this.isLineDown) await this.renew();
      if (this.shown !== task) return;
      await screen.show(task, image);
    } catch {
      if (this.shown === task) screen.broken(task);
      return;
    }
    if (this.shown !== task) return;
    this.seen = task;
    screen.marked(this.remarks.of(task));
    screen.ready(task);
    this.watch.restart();
    if (document.hidden) this.watch.pause();
  }

  private showEmpty(): void {
    const { screen } = this.setup;
    const sinceLast = Date.now() - (this.times.at(-1) ?? 0);
    if (this.isLineDown) {
      const text =
        "All that was fetched ahead is decided. It goes on by itself when the line is back.";
      screen.empty({ title: "You are offline", text });
    } else if (sinceLast < COUNTS_LAG_MS) {
      screen.empty({ title: "That was your last one", text: "Looking for more …" });
      setTimeout(() => void this.present(), COUNTS_LAG_MS);
    } else {
      screen.empty(emptiness(this.counts, this.round, this.setup.only));
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
      isOffline: this.isLineDown || this.outbox.isOffline,
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
