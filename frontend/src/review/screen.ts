/** The review page: draws what the session says. Nothing moves at a decision but the picture. */
import { byId, el, icon, toast } from "../lib/dom";
import { count } from "../lib/format";
import { inWords } from "./decisions";
import type { Emptiness } from "./emptiness";
import { EvidencePanel, type Example } from "./evidence";
import { fitted, isSmall } from "./fit";
import type { Decision, Task } from "./tasks";

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
  /** A word in passing. */
  say(words: string): void;
  warn(message: string): void;
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
  private picture: HTMLImageElement | undefined;

  constructor(examples: readonly Example[]) {
    this.evidence = new EvidencePanel(byId("review-evidence"), examples);
    new ResizeObserver(() => this.fit()).observe(this.mat);
  }

  async show(task: Task, picture: HTMLImageElement): Promise<void> {
    this.picture = picture;
    picture.alt = "The image in question";
    picture.className = "review-picture";
    this.fit();
    this.mat.replaceChildren(picture, ...(isSmall(picture) ? [fromAfar(picture)] : []));
    this.root.dataset.kind = task.kind;
    this.question.replaceChildren(...questionOf(task));
    this.evidence.draw(task);
    await painted();
  }

  ready(task: Task): void {
    this.root.dataset.task = String(task.id);
  }

  broken(task: Task): void {
    this.picture = undefined;
    this.root.dataset.kind = task.kind;
    this.root.dataset.task = "";
    this.mat.replaceChildren(
      notice("The picture could not be loaded", "Skip it (Space), or load the page again."),
    );
  }

  empty({ title, text }: Emptiness): void {
    this.picture = undefined;
    this.root.dataset.kind = "";
    this.root.dataset.task = "";
    this.mat.replaceChildren(notice(title, text));
    this.question.replaceChildren();
    this.evidence.clear();
    this.speak(title);
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
    saved.dataset.state = now.problem ? "problem" : now.waiting ? "waiting" : "saved";
    const waiting = `${count(now.waiting)} waiting${now.problem ? ", trying again" : ""}`;
    set("review-saved", now.waiting ? waiting : now.mine ? "Saved" : "");
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
    this.say(inWords(decision));
  }

  say(words: string): void {
    set("review-last", words);
    this.speak(words);
  }

  warn(message: string): void {
    toast(message, "bad");
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
    el("h2", {}, title),
    el("p", {}, text),
  );
}

function questionOf(task: Task): Node[] {
  if (task.kind === "annotate") {
    const badge = el("span", { class: "badge tone-real" }, icon("square"), "real");
    return [badge, el("h1", {}, "What does it show?")];
  }
  const badge = el("span", { class: "badge tone-synthetic" }, icon("diamond"), "synthetic");
  const asked = task.asked_class;
  const words = asked ? ["Made as ", el("strong", {}, asked), ". Is it right?"] : ["Is it right?"];
  return [badge, el("h1", {}, ...words)];
}
