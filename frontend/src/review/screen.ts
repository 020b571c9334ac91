/** The review page: draws what the session says. Nothing moves at a decision but the picture. */
import { byId, el, icon, toast } from "../lib/dom";
import { count } from "../lib/format";
import { inWords } from "./decisions";
import type { Emptiness } from "./emptiness";
import { EvidencePanel, type Example } from "./evidence";
import { fitted, isSmall } from "./fit";
import type { Mode } from "./mode";
import { allows, modeOf } from "./modes";
import { ReasonPanel } from "./reasons";
import type { Decision, Kind, RemarkKind, Task, Verdict } from "./tasks";
import { takesReasons, verdictButton } from "./verdicts";
import type { Viewer } from "./viewer";

/** Where the work stands. */
export interface Progress {
  round: number | null;
  /** Decided in this round by everybody, of `total`. */
  done: number;
  total: number;
  /** In this person's hands. */
  left: number;
  /** Decided on this page. */
  mine: number;
  /** Decisions a minute. */
  pace: number | null;
  /** Decisions that the server has not confirmed. */
  waiting: number;
  problem: string;
  isOffline: boolean;
}

export interface Screen {
  /** Resolves when the picture has been painted. */
  show(task: Task, picture: HTMLImageElement): Promise<void>;
  /** Decisions about the task are taken from now on. */
  ready(task: Task): void;
  broken(task: Task): void;
  empty(reason: Emptiness): void;
  progress(progress: Progress): void;
  /** Says what was decided, and lights its button up. */
  decided(decision: Decision): void;
  /** What the person gave as reasons for such a verdict. */
  reasons(verdict: Verdict): string[];
  /** What the person has remarked on the task in sight. */
  marked(kinds: ReadonlySet<RemarkKind>): void;
  /** The work goes on in another tab. */
  away(): void;
  /** A word in passing. */
  say(words: string): void;
  warn(message: string): void;
}

/** What the screen tells the page. */
export interface PageEvents {
  /** Buttons of another mode were drawn, and its keys count. */
  entered(kind: Kind): void;
  /** The person wants to go on in this tab. */
  cameBack(): void;
}

const LIT_MS = 150;

const painted = (): Promise<void> =>
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));

export class ReviewScreen implements Screen {
  private readonly root = byId("review");
  private readonly mat = byId("review-mat");
  private readonly evidence: EvidencePanel;
  private readonly question = byId("review-question");
  private readonly spoken = byId("review-spoken");
  private readonly verdicts = byId("review-verdicts");
  private readonly reasonPanel = new ReasonPanel(byId("review-reasons"));
  private picture: HTMLImageElement | undefined;
  private unstage: (() => void) | undefined;

  /** Said once the next question is there, so that one does not drown the other. */
  private toSay = "";

  constructor(
    examples: readonly Example[],
    readonly viewer: Viewer,
    private readonly page: PageEvents,
  ) {
    this.evidence = new EvidencePanel(byId("review-evidence"), examples);
    new ResizeObserver(() => this.fit()).observe(this.mat);
  }

  async show(task: Task, picture: HTMLImageElement): Promise<void> {
    this.leave();
    this.picture = picture;
    picture.alt = "The image in question";
    picture.className = "review-picture";
    picture.removeAttribute("style");
    this.fit();
    const mode = modeOf(task);
    mode.prepare?.(task, this.mat);
    this.mat.replaceChildren(picture, ...(isSmall(picture) ? [fromAfar(picture)] : []));
    this.enter(mode);
    this.question.replaceChildren(...mode.question(task));
    this.evidence.draw(mode, task);
    for (const button of this.verdicts.querySelectorAll<HTMLElement>("button")) {
      button.hidden = !allows(task, button.dataset.action as Verdict);
    }
    this.reasonPanel.begin(mode.verdicts.some((v) => takesReasons(v) && allows(task, v)));
    this.viewer.hold(picture);
    await painted();
    if (this.picture === picture) this.unstage = this.stage(mode, task, picture);
  }

  ready(task: Task): void {
    this.root.dataset.task = String(task.id);
    this.tell(this.question.querySelector("h1")?.textContent ?? "");
  }

  broken(task: Task): void {
    this.leave();
    this.enter(modeOf(task));
    this.root.dataset.task = "";
    this.mat.replaceChildren(
      notice("The picture could not be loaded", "Skip it, or load the page again."),
    );
    this.question.replaceChildren();
    this.tell("The picture could not be loaded");
  }

  away(): void {
    const here = el("button", { type: "button", class: "button button-primary" }, "Work here");
    here.addEventListener("click", () => this.page.cameBack());
    this.empty({
      title: "You went on in another tab",
      text: "One tab works at a time, so that you see no picture twice.",
    });
    this.mat.querySelector(".review-empty")?.append(here);
  }

  empty({ title, text }: Emptiness): void {
    this.leave();
    this.root.dataset.kind = "";
    this.root.dataset.task = "";
    this.mat.replaceChildren(notice(title, text));
    this.question.replaceChildren();
    this.evidence.clear();
    this.tell(title);
  }

  progress(now: Progress): void {
    this.root.dataset.left = String(now.left);
    this.root.dataset.outbox = String(now.waiting);
    const bar = byId<HTMLProgressElement>("review-progress");
    bar.max = Math.max(1, now.total);
    bar.value = now.done;
    const round = now.round === null ? "" : `Round ${now.round}: `;
    set(
      "review-done",
      now.total ? `${round}${count(now.done)} decided, ${count(now.total - now.done)} open` : "",
    );
    const pace = now.pace === null ? "" : ` · ${Math.round(now.pace)} a minute`;
    set("review-pace", now.mine ? `${count(now.mine)} by you${pace}` : "");
    const saved = byId("review-saved");
    const isStuck = now.problem !== "" || now.isOffline;
    saved.dataset.state = isStuck ? "problem" : now.waiting ? "waiting" : "saved";
    const waiting = `${count(now.waiting)} waiting${now.problem ? ", trying again" : ""}`;
    const online = now.waiting ? waiting : now.mine ? "Saved" : "";
    set("review-saved", now.isOffline ? `Offline: ${count(now.waiting)} kept here` : online);
    saved.title = now.problem;
    const open = document.getElementById("rail-review-count");
    if (open && now.total) {
      open.hidden = now.done === now.total;
      open.textContent = now.total - now.done > 999 ? "1k+" : String(now.total - now.done);
    }
  }

  decided(decision: Decision): void {
    const { verdict, class: name } = decision;
    const wanted = name ? `[data-name="${CSS.escape(name)}"]` : `[data-action="${verdict}"]`;
    const button = this.root.querySelector(wanted);
    button?.classList.add("is-hit");
    setTimeout(() => button?.classList.remove("is-hit"), LIT_MS);
    this.toSay = inWords(decision);
    set("review-last", this.toSay);
  }

  reasons(verdict: Verdict): string[] {
    return takesReasons(verdict) ? this.reasonPanel.given : [];
  }

  marked(kinds: ReadonlySet<RemarkKind>): void {
    for (const kind of ["flag", "bookmark"] as const) {
      const button = this.root.querySelector(`[data-action="${kind}"]`);
      button?.setAttribute("aria-pressed", kinds.has(kind) ? "true" : "false");
    }
  }

  say(words: string): void {
    this.toSay = words;
    set("review-last", words);
    this.speak(words);
  }

  /** Speaks of what is shown now, after what was said just before. */
  private tell(words: string): void {
    this.speak([this.toSay, words].filter(Boolean).join(". "));
    this.toSay = "";
  }

  /** The nth reason is given, or not any more. */
  reason(index: number): void {
    const told = this.reasonPanel.toggle(index);
    if (told) this.speak(told);
  }

  /** The focus, where nothing better has it. */
  focus(): void {
    this.mat.focus({ preventScroll: true });
  }

  warn(message: string): void {
    toast(message, "bad");
  }

  /** Shows the buttons of a mode, and wakes its keys. */
  private enter(mode: Mode): void {
    if (this.root.dataset.kind === mode.kind) return;
    this.root.dataset.kind = mode.kind;
    this.root.toggleAttribute("data-chooses", mode.choose !== undefined);
    const hadFocus = this.verdicts.contains(document.activeElement);
    this.verdicts.replaceChildren(...mode.verdicts.map(verdictButton));
    this.reasonPanel.offer(mode);
    this.page.entered(mode.kind);
    if (hadFocus) this.focus();
  }

  private stage(mode: Mode, task: Task, picture: HTMLImageElement): (() => void) | undefined {
    const speak = (words: string) => this.speak(words);
    return mode.stage?.(task, { mat: this.mat, picture, speak });
  }

  private leave(): void {
    this.unstage?.();
    this.unstage = undefined;
    this.picture = undefined;
    this.viewer.hold(undefined);
  }

  private speak(words: string): void {
    this.spoken.textContent = words;
  }

  /** As large as the mat allows: small pictures by whole pixels, so that each stays a square. */
  private fit(): void {
    const { picture, mat } = this;
    if (!picture) return;
    const { naturalWidth: width, naturalHeight: height } = picture;
    const style = getComputedStyle(mat);
    const room = (side: number, before: string, after: string) =>
      side - Number.parseFloat(before) - Number.parseFloat(after);
    const size = fitted(
      { width, height },
      {
        width: room(mat.clientWidth, style.paddingLeft, style.paddingRight),
        height: room(mat.clientHeight, style.paddingTop, style.paddingBottom),
      },
    );
    picture.width = size.width;
    picture.height = size.height;
    picture.classList.toggle("is-small", isSmall(picture));
    this.viewer.refit();
  }
}

/** The picture again as it looks from a distance, where it is drawn in coarse squares. */
function fromAfar(picture: HTMLImageElement): HTMLImageElement {
  return el("img", { class: "review-afar", src: picture.src, alt: "" });
}

function set(id: string, text: string): void {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}

function notice(title: string, text: string): HTMLElement {
  return el(
    "div",
    { class: "review-empty" },
    icon("list-checks"),
    el("h1", {}, title),
    el("p", {}, text),
  );
}
