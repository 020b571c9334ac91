/** The way from one picture to another as a film to look at, and as files to take along. */
import { byId, el } from "../lib/dom";
import type { FilmKind } from "./line";
import { type Recipe, startInWords } from "./recipe";
import { blobOf } from "./stage";

const TYPES: Record<FilmKind, string> = {
  strip: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  webm: "video/webm",
};

export interface Draws {
  /** Has the way drawn. */
  draw(recipe: Recipe, film: FilmKind): void;
  /** Nobody waits for it any more. */
  stop(): void;
}

/** A dialog: the film there and back, drawn as it opens, and its downloads. */
export class Films {
  private readonly dialog = byId<HTMLDialogElement>("studio-film");
  private readonly video = byId<HTMLVideoElement>("studio-film-video");
  private readonly wait = byId("studio-film-wait");
  private readonly words = byId("studio-film-words");
  private readonly bar = byId<HTMLProgressElement>("studio-film-bar");
  private readonly alarm = byId("studio-film-alarm");
  private readonly downloads = this.dialog.querySelectorAll<HTMLButtonElement>("[data-film]");
  private recipe: Recipe | undefined;
  /** What is drawn at the moment. */
  private drawn: FilmKind | undefined;
  /** The film that is shown, to be downloaded as it is. */
  private made: Blob | undefined;

  constructor(private readonly draws: Draws) {
    for (const button of this.downloads) {
      button.addEventListener("click", () => this.take(button.dataset.film as FilmKind));
    }
    byId("studio-film-cancel").addEventListener("click", () => this.cancel());
    this.dialog.addEventListener("close", () => this.close());
  }

  /** Opens, and has the way of a recipe drawn. */
  open(recipe: Recipe): void {
    this.recipe = recipe;
    const { start, towards } = recipe;
    byId("studio-film-ends").textContent =
      `There and back: from ${startInWords(start)} to ${towards ? startInWords(towards) : ""}.`;
    this.dialog.showModal();
    this.ask("webm");
  }

  /** How far a film is. */
  frame(done: number, of: number): void {
    if (!this.drawn) return;
    this.bar.max = of;
    this.bar.value = done;
    this.words.textContent = `Drawing ${of} pictures …`;
  }

  /** A film is there: it is played, or handed to the browser as a file. */
  take(kind: FilmKind): void {
    if (kind === "webm" && this.made) save(this.made, kind);
    else this.ask(kind);
  }

  hear(film: string, kind: FilmKind): void {
    if (kind !== this.drawn) return;
    this.rest();
    const file = blobOf(film, TYPES[kind]);
    if (kind === "webm") this.play(file);
    else save(file, kind);
  }

  /** Says why there is no film; false where none is being drawn. */
  complain(message: string): boolean {
    if (!this.drawn) return false;
    this.rest();
    this.say(message);
    return true;
  }

  /** Whether a worker draws; nothing is lost where none does, for the film is asked for again. */
  worker(message: string): void {
    if (this.drawn) this.say(message);
  }

  private ask(kind: FilmKind): void {
    if (!this.recipe) return;
    this.drawn = kind;
    this.say("");
    this.bar.value = 0;
    this.words.textContent = "Waiting for the studio worker …";
    this.wait.hidden = false;
    for (const button of this.downloads) button.disabled = true;
    this.draws.draw(this.recipe, kind);
  }

  private play(file: Blob): void {
    this.forget();
    this.made = file;
    this.video.src = URL.createObjectURL(file);
    this.video.hidden = false;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // Refused where it is closed meanwhile; the controls play it as well.
    if (!still) this.video.play().catch(() => undefined);
  }

  /** Stops what is drawn. Without a film to look at there is nothing to stay for. */
  private cancel(): void {
    this.draws.stop();
    this.rest();
    if (!this.made) this.dialog.close();
  }

  private close(): void {
    if (this.drawn) this.draws.stop();
    this.rest();
    this.say("");
    this.forget();
    this.recipe = undefined;
  }

  private rest(): void {
    this.drawn = undefined;
    this.wait.hidden = true;
    for (const button of this.downloads) button.disabled = false;
  }

  private say(message: string): void {
    this.alarm.hidden = !message;
    byId("studio-film-alarm-text").textContent = message;
  }

  private forget(): void {
    if (this.made) URL.revokeObjectURL(this.video.src);
    this.made = undefined;
    this.video.removeAttribute("src");
    this.video.load();
    this.video.hidden = true;
  }
}

function save(file: Blob, kind: FilmKind): void {
  const address = URL.createObjectURL(file);
  el("a", { href: address, download: `studio-way.${kind === "strip" ? "png" : kind}` }).click();
  URL.revokeObjectURL(address);
}
