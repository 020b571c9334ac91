/** The way from one picture to another as a file: a strip, or a film there and back. */
import { byId, el, toast } from "../lib/dom";
import type { Recipe } from "./recipe";
import { NO_WORKER } from "./stage";

/** Each kind's name for people, its type and its ending. */
const KINDS: Record<string, { words: string; type: string; ending: string }> = {
  strip: { words: "strip", type: "image/png", ending: "png" },
  gif: { words: "GIF", type: "image/gif", ending: "gif" },
  webp: { words: "WebP", type: "image/webp", ending: "webp" },
};
/** Milliseconds without a word before it has begun: others may be drawn first. */
const TURN_MS = 300_000;
/** Milliseconds without a word between two of its pictures. */
const PICTURE_MS = 60_000;
const LOOK_MS = 1000;

const CUT = "The line to Assay was cut before the film was done. Ask for it again.";
const SILENT = "Nothing was heard of the film for five minutes. Ask for it again.";

export interface FilmAnswer {
  kind: "worker" | "warming" | "progress" | "film" | "error";
  number?: number | null;
  alive?: boolean;
  done?: number;
  of?: number;
  /** The file in base64. */
  film?: string;
  message?: string;
}

export interface FilmHears {
  ask(number: number): void;
  progress(share: number): void;
  done(file: string): void;
  fail(message: string): void;
}

/** When a film is asked for, and asked for again: a worker that dies takes it along. */
export class FilmRequest {
  private number = 0;
  private heardAt = 0;
  private hasBegun = false;

  constructor(private readonly hears: FilmHears) {}

  hear(answer: FilmAnswer, now: number): void {
    if (answer.kind === "worker") {
      if (!answer.alive) this.hears.fail(NO_WORKER);
      else if (this.number === 0) this.ask(now);
      return;
    }
    if (answer.number !== this.number && answer.kind !== "error") return;
    this.heardAt = now;
    if (answer.kind === "progress" && answer.done && answer.of) {
      this.hasBegun = true;
      this.hears.progress(answer.done / answer.of);
    } else if (answer.kind === "film") {
      this.hears.done(answer.film ?? "");
    } else if (answer.kind === "error") {
      this.hears.fail(answer.message ?? "The film could not be drawn.");
    }
  }

  /** Time goes by. */
  look(now: number): void {
    if (this.number === 0) return;
    const quiet = now - this.heardAt;
    if (this.hasBegun && quiet > PICTURE_MS) this.ask(now);
    else if (quiet > TURN_MS) this.hears.fail(SILENT);
  }

  private ask(now: number): void {
    this.number += 1;
    this.heardAt = now;
    this.hasBegun = false;
    this.hears.progress(0);
    this.hears.ask(this.number);
  }
}

/** The buttons that ask for films, and how far the one that is drawn is; one at a time. */
export class Films {
  private readonly line = byId("studio-film");
  private readonly words = byId("studio-film-words");
  private readonly bar = byId<HTMLProgressElement>("studio-film-bar");
  private readonly buttons = document.querySelectorAll<HTMLButtonElement>("[data-film]");
  /** Lets go of the film on its way, which ends it: each has a socket of its own. */
  private stop: (() => void) | undefined;

  constructor(
    private readonly slug: string,
    private readonly here: () => Recipe,
  ) {
    for (const button of this.buttons) {
      button.addEventListener("click", () => this.begin(button.dataset.film ?? ""));
    }
    byId("studio-film-stop").addEventListener("click", () => this.end());
  }

  private begin(kind: string): void {
    const known = KINDS[kind];
    if (!known || this.stop) return;
    const recipe = this.here();
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/projects/${this.slug}/studio/`);
    const request = new FilmRequest({
      ask: (number) => socket.send(JSON.stringify({ number, recipe, film: kind })),
      progress: (share) => {
        this.bar.value = share;
      },
      done: (file) => {
        this.end();
        save(file, known.type, `studio-way.${known.ending}`);
      },
      fail: (message) => {
        this.end();
        toast(message, "bad");
      },
    });
    socket.addEventListener("message", ({ data }) => {
      if (this.stop) request.hear(JSON.parse(data as string) as FilmAnswer, Date.now());
    });
    socket.addEventListener("close", ({ reason }) => {
      if (!this.stop) return;
      this.end();
      toast(reason || CUT, "bad");
    });
    const timer = setInterval(() => request.look(Date.now()), LOOK_MS);
    this.stop = () => {
      clearInterval(timer);
      socket.close();
    };
    this.draw(`Drawing the ${known.words}`);
  }

  private end(): void {
    this.stop?.();
    this.stop = undefined;
    this.draw("");
  }

  /** What is done; nothing where `words` is empty. */
  private draw(words: string): void {
    this.line.hidden = !words;
    this.words.textContent = words;
    this.bar.value = 0;
    for (const button of this.buttons) button.disabled = Boolean(words);
  }
}

/** Hands a file to the browser. */
function save(base64: string, type: string, name: string): void {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  el("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
