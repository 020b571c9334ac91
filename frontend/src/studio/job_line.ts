/** A job that the page asked for: how far it is, its log, and a way to stop it. */
import { apiPost } from "../lib/api";
import { el, toast } from "../lib/dom";
import type { ProjectEvent } from "../lib/events";

const NOBODY = "00000000-0000-0000-0000-000000000000";
const ENDS = ["job.succeeded", "job.failed", "job.cancelled"];

/** A job as the API answers it when it is asked for. */
export interface Asked {
  id: string;
  status: string;
}

interface Watched {
  id: string;
  words: string;
  then: (isGood: boolean) => void;
}

/** Of the jobs that one part of the page asks for, the newest. An older one goes on unseen. */
export class JobLine {
  private readonly words = el("span", {});
  private readonly bar = el("progress", { class: "progress", max: 1, "aria-label": "Progress" });
  private readonly log = el("a", {}, "Log");
  private readonly stop = el("button", { type: "button", class: "button button-quiet" }, "Cancel");
  private watched: Watched | undefined;
  /** How jobs ended since one was asked for: it may be done before the answer comes. */
  private readonly ended = new Map<string, ProjectEvent>();

  constructor(
    private readonly root: HTMLElement,
    private readonly address: string,
  ) {
    root.append(this.words, this.bar, this.log, this.stop);
    this.stop.addEventListener("click", () => void this.cancel());
  }

  /** Asks for a job and shows it until it ends; `then` hears of the end. False where refused. */
  async follow(
    ask: () => Promise<Asked>,
    words: string,
    then: (isGood: boolean) => void,
  ): Promise<boolean> {
    // An end from before is none of what is asked now: a cancelled job may be asked for again.
    this.ended.clear();
    try {
      this.watch(await ask(), words, then);
      return true;
    } catch (error) {
      toast((error as Error).message, "bad");
      return false;
    }
  }

  hear(event: ProjectEvent): void {
    const { job, progress, error } = event.payload;
    const isEnd = ENDS.includes(event.kind);
    if (isEnd) this.ended.set(String(job), event);
    if (!this.watched || job !== this.watched.id) return;
    this.say(event.kind === "job.queued");
    this.bar.value = Number(progress ?? 0);
    if (!isEnd) return;
    const { words, then } = this.watched;
    this.leave();
    if (event.kind === "job.cancelled") toast(`${words}: cancelled.`);
    if (event.kind === "job.failed") toast(`${words}: ${error}`, "bad");
    then(event.kind === "job.succeeded");
  }

  private watch({ id, status }: Asked, words: string, then: (isGood: boolean) => void): void {
    if (status === "succeeded") {
      this.leave();
      then(true);
      return;
    }
    this.watched = { id, words, then };
    this.root.hidden = false;
    this.say(status === "queued");
    this.bar.value = 0;
    this.log.href = this.address.replace(NOBODY, id);
    this.stop.disabled = false;
    const end = this.ended.get(id);
    if (end) this.hear(end);
  }

  private leave(): void {
    this.watched = undefined;
    this.root.hidden = true;
  }

  private say(waits: boolean): void {
    const words = `${this.watched?.words}${waits ? ": waits for a worker" : " …"}`;
    // Said once: the line is read out whenever it changes.
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  private async cancel(): Promise<void> {
    if (!this.watched) return;
    this.stop.disabled = true;
    try {
      await apiPost(`jobs/${this.watched.id}/cancel/`);
    } catch (error) {
      this.stop.disabled = false;
      toast((error as Error).message, "bad");
    }
  }
}
