/** A person's work on sheets: holds two at a time, takes their marks, sends them by the outbox. */
import { backoff, type ProjectEvent } from "../lib/events";
import type { Arrow } from "../lib/grid";
import { newKey } from "./answer_key";
import { Outbox, type Shelf } from "./outbox";
import { Stopwatch } from "./pace";
import type { Pictures } from "./pictures";
import { type Mark, SHEET_SIZE, type Sheet, Sheets } from "./sheets";
import type { Answer, Outcome, Reservation, ReviewApi } from "./tasks";
import type { TriageScreen } from "./triage_screen";

const TEND_MS = 2000;
const QUIET_MS = 20_000;
const NEAR_END_MS = 120_000;
const AT_IT_MS = 300_000;
/** What was not kept is told together: a whole sheet may have run out. */
const TELL_MS = 300;

type Shared = "answer" | "takeBack" | "skip" | "unskip" | "remark" | "renew";
export type TriageApi = Pick<ReviewApi, Shared> & {
  /** Holds up to `size` tasks of one class; of that with most waiting where none is named. */
  reserve(size: number, name: string | null): Promise<Reservation>;
};

export type SheetScreen = Pick<
  TriageScreen,
  | "columns" | "show" | "ready" | "tiles" | "marks"
  | "empty" | "away" | "progress" | "say" | "warn"
>; // biome-ignore format: short enough

export interface TriageSetup {
  /** Only sheets of this class, if the person wants that. */
  name: string | null;
  api: TriageApi;
  shelf: Shelf;
  pictures: Pick<Pictures, "get" | "prepare">;
  screen: SheetScreen;
}

export class TriageSession {
  readonly outbox: Outbox;
  /** When the holds run out, as the server wrote it. */
  heldUntil: string | null = null;
  private readonly sheets = new Sheets();
  private readonly watch = new Stopwatch();
  /** Decisions that stand of those made on this page, and the seconds that all took. */
  private decided = 0;
  private seconds = 0;
  /** The sheet on the screen, or on its way there. */
  private shown: Sheet | undefined;
  /** The sheet whose pictures are all before the person's eyes; no other is passed. */
  private seen: Sheet | undefined;
  /** What the server last wanted the person to be told. */
  private notice = "";
  private refused: string[] = [];
  private isReserving = false;
  private isAway = false;
  private failures = 0;
  private askAgainAt = 0;
  private activeAt = Date.now();

  constructor(private readonly setup: TriageSetup) {
    this.outbox = new Outbox(setup.shelf, setup.api, {
      changed: () => this.tell(),
      settled: (answer, outcome) => this.settle(answer, outcome),
      stuck: (_, message) => setup.screen.warn(`Those decisions stand. ${message}`),
      tookBack: () => this.ask(),
      failed: (message) => setup.screen.warn(message),
    });
  }

  async start(): Promise<void> {
    setInterval(() => void this.tend(), TEND_MS);
    void this.outbox.send();
    await this.reserve();
    if (!this.sheets.current) this.present();
  }

  // --- What the person does ---------------------------------------------------------------
  mark(mark: Mark): void {
    this.change(() => this.sheets.mark(mark));
  }

  toggle(index: number): void {
    this.change(() => this.sheets.toggle(index));
  }

  move(arrow: Arrow): void {
    this.change(() => this.sheets.move(arrow, this.setup.screen.columns));
  }

  pass(): void {
    const sheet = this.sheets.current;
    if (!sheet || sheet !== this.seen) return;
    const marked = this.sheets.marked;
    const { seconds } = this.watch;
    const answers = this.sheets.pass(seconds, newKey);
    this.seconds += seconds;
    this.decided += answers.length;
    for (const answer of answers) this.outbox.add(answer);
    this.setup.screen.say(`${answers.length - marked} passed, ${marked} refused`);
    this.present();
    if (!this.sheets.next) void this.reserve();
  }

  takeBack(): void {
    const keys = this.sheets.takeBackSheet();
    for (const key of keys) this.outbox.takeBack(key);
    this.decided -= keys.length;
    this.setup.screen.say(keys.length ? "The last sheet is back" : "No sheet to take back here");
    this.present();
  }

  takeBackTile(task: number): void {
    const key = this.sheets.takeBackTile(task);
    if (!key) return;
    this.outbox.takeBack(key);
    this.decided -= 1;
    this.setup.screen.say("Taken back: it is the last of this sheet");
    this.present();
  }

  private change(run: () => void): void {
    this.activeAt = Date.now();
    run();
    this.setup.screen.marks(this.sheets);
  }

  // --- What the page and the server say -----------------------------------------------------
  visible(isVisible: boolean): void {
    if (!isVisible) {
      this.watch.pause();
      return;
    }
    this.watch.resume();
    void this.tend();
  }

  heard({ kind }: ProjectEvent): void {
    if (kind === "round.step" || (kind === "review.counted" && !this.sheets.current)) this.ask();
  }

  private settle({ task, verdict }: Answer, outcome: Outcome): void {
    if (outcome.status !== "refused") return;
    this.sheets.lose(task);
    if (!this.refused.length) setTimeout(() => this.tellRefused(verdict), TELL_MS);
    this.refused.push(outcome.message);
  }

  private tellRefused(verdict: string): void {
    const [first = ""] = this.refused;
    const count = this.refused.length;
    this.refused = [];
    const what = count === 1 ? `“${verdict}” was` : `${count} decisions were`;
    this.setup.screen.warn(`${what} not kept. ${first}`);
    this.present();
  }

  /** Another tab of this person's goes on with the work. */
  leave(): void {
    this.isAway = true;
    this.heldUntil = null;
    this.sheets.clear();
    this.present();
  }

  /** The work goes on here. */
  async comeBack(): Promise<void> {
    this.isAway = false;
    this.outbox.reload();
    await this.reserve();
    this.present();
  }

  // --- Keeping ahead ------------------------------------------------------------------------
  private ask(): void {
    this.askAgainAt = 0;
    void this.tend();
  }

  private async tend(): Promise<void> {
    if (document.hidden) return;
    const hold = this.heldUntil === null ? 0 : Date.parse(this.heldUntil) - Date.now();
    const isAtIt = Date.now() - this.activeAt < AT_IT_MS;
    if (this.sheets.left > 0 && hold < NEAR_END_MS && isAtIt) await this.renew();
    if (!this.sheets.next && Date.now() >= this.askAgainAt) await this.reserve();
  }

  /** Holds again what runs out; what went to other people is let go. */
  private async renew(): Promise<void> {
    try {
      const { lost, expires_at } = await this.setup.api.renew(this.sheets.ids);
      this.heldUntil = expires_at;
      for (const id of lost) this.sheets.lose(id);
      if (!lost.length) return;
      this.setup.screen.warn("Your hold ran out: some of these went to other people.");
      this.present();
    } catch {
      // No line, or the server is busy: the next turn tries again.
    }
  }

  private async reserve(): Promise<void> {
    if (this.isReserving || this.isAway) return;
    this.isReserving = true;
    try {
      const name = this.setup.name ?? this.sheets.lastName;
      let fresh = await this.hold(name);
      if (!fresh && name !== this.setup.name) fresh = await this.hold(null);
      this.askAgainAt = fresh ? 0 : Date.now() + QUIET_MS;
      this.failures = 0;
      this.present();
    } catch (error) {
      this.askAgainAt = Date.now() + backoff(this.failures);
      this.failures += 1;
      if (!this.sheets.current) {
        const why = error instanceof Error ? error.message : String(error);
        this.setup.screen.empty("The queue does not answer", `${why} Trying again by itself.`);
      }
    } finally {
      this.isReserving = false;
    }
  }

  /** Takes up to two sheets of the class, those in hand included. Returns how many tiles are new. */
  private async hold(name: string | null): Promise<number> {
    const held = await this.setup.api.reserve(2 * SHEET_SIZE + this.outbox.waiting, name);
    this.heldUntil = held.expires_at;
    if (held.notice && held.notice !== this.notice) this.setup.screen.warn(held.notice);
    this.notice = held.notice ?? "";
    return this.sheets.sync(held.tasks, name ?? held.tasks[0]?.asked_class ?? null);
  }

  // --- Showing ------------------------------------------------------------------------------
  private present(): void {
    const { screen } = this.setup;
    const sheet = this.sheets.current;
    if (!sheet) {
      this.shown = undefined;
      if (this.isAway) screen.away();
      else screen.empty(...this.emptiness());
    } else if (sheet === this.shown) {
      screen.tiles(this.sheets);
    } else {
      void this.show(sheet);
    }
    this.tell();
  }

  /** Shows a sheet; it can be passed once all its pictures are there. */
  private async show(sheet: Sheet): Promise<void> {
    const { screen, pictures } = this.setup;
    this.shown = sheet;
    this.seen = undefined;
    screen.show(this.sheets);
    const loading = sheet.tiles.map(({ task }) => pictures.get(task.image.thumbnail_url));
    pictures.prepare((this.sheets.next?.tiles ?? []).map(({ task }) => task.image.thumbnail_url));
    const loaded = await Promise.allSettled(loading);
    if (this.shown !== sheet) return;
    const broken = sheet.tiles.filter((_, index) => loaded[index]?.status === "rejected");
    for (const { task } of broken) this.sheets.setAside(task.id);
    if (broken.length) {
      screen.warn(`${broken.length} pictures could not be loaded and are not on this sheet.`);
      this.present();
    }
    this.seen = sheet;
    screen.ready();
    this.watch.restart();
    if (document.hidden) this.watch.pause();
  }

  private emptiness(): [string, string] {
    const goesOn = "They come when a batch has been generated. This page goes on by itself.";
    return [this.decided ? "That was the last sheet" : "No synthetic images wait", goesOn];
  }

  private tell(): void {
    this.setup.screen.progress({
      left: this.sheets.left,
      mine: this.decided,
      pace: this.seconds > 0 ? (60 * this.decided) / this.seconds : null,
      waiting: this.outbox.waiting,
      problem: this.outbox.problem,
    });
  }
}
