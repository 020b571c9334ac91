/** The way from one picture to another as a film to look at, and as files to take along. */
import { byId, el } from "../lib/dom";
import { drawFilm, type FilmKind } from "./film_request";
import { type Recipe, startInWords } from "./recipe";
import { blobOf, NO_WORKER } from "./stage";

const TYPES: Record<FilmKind, string> = {
  strip: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  webm: "video/webm",
};

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
  /** Stops what is drawn at the moment. */
  private stop: (() => void) | undefined;
  /** The film that is shown, to be downloaded as it is. */
  private made: Blob | undefined;

  constructor(private readonly slug: string) {
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

  /** The way as a file of that kind. */
  private take(kind: FilmKind): void {
    if (kind === "webm" && this.made) save(this.made, kind);
    else this.ask(kind);
  }

  private ask(kind: FilmKind): void {
    if (!this.recipe) return;
    this.complain("");
    this.wait.hidden = false;
    for (const button of this.downloads) button.disabled = true;
    const waiting = () => this.tell("Waiting for the studio worker …");
    waiting();
    this.stop = drawFilm(this.slug, this.recipe, kind, {
      waiting,
      warming: () => this.tell("The generator is being loaded …"),
      progress: (done, of) => {
        const words = done < of ? `Drawing ${of} pictures …` : "Writing the file …";
        this.tell(words, done / of);
      },
      worker: (alive) => this.complain(alive ? "" : NO_WORKER),
      done: (film) => {
        this.rest();
        this.show(blobOf(film, TYPES[kind]), kind);
      },
      fail: (message) => {
        this.rest();
        this.complain(message);
      },
    });
  }

  /** What is done, and how much of it. */
  private tell(words: string, share = 0): void {
    // Said once: the line is read out whenever it changes.
    if (this.words.textContent !== words) this.words.textContent = words;
    this.bar.value = share;
  }

  /** A film is there: it is played, or handed to the browser as a file. */
  private show(file: Blob, kind: FilmKind): void {
    if (kind === "webm") this.play(file);
    else save(file, kind);
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
    this.rest();
    this.complain("");
    if (!this.made) this.dialog.close();
  }

  private close(): void {
    this.rest();
    this.complain("");
    this.forget();
    this.recipe = undefined;
  }

  private rest(): void {
    this.stop?.();
    this.stop = undefined;
    this.wait.hidden = true;
    for (const button of this.downloads) button.disabled = false;
  }

  private complain(message: string): void {
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
