/** How a film comes from a studio worker: over a socket of its own, so no picture waits for it. */
import { studioSocket } from "./line";
import type { Recipe } from "./recipe";

/** What a way can be shown as. */
export type FilmKind = "strip" | "gif" | "webp" | "webm";

/** Milliseconds without a word before it has begun, as others may be drawn first, … */
const TURN_MS = 300_000;
/** … between two of its pictures, and again the former while its file is written. */
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
  film?: string;
  message?: string;
}

/** Who hears of a film on its way. */
export interface FilmWatcher {
  /** It is asked for, for the first time or anew. */
  waiting(): void;
  /** The generator is being loaded. */
  warming(): void;
  /** So many of its pictures are drawn. */
  progress(done: number, of: number): void;
  /** Whether there is a worker to draw it; it is asked for as soon as there is one. */
  worker(alive: boolean): void;
  /** Its file, in base64. Nothing comes after it. */
  done(file: string): void;
  /** Why there is no film. Nothing comes after it. */
  fail(message: string): void;
}

/** When a film is asked for, and asked for again: a worker that dies takes it along. */
export class FilmRequest {
  private number = 0;
  private heardAt = 0;
  private isDrawn = false;
  private hasWorker = false;

  constructor(
    private readonly send: (number: number) => void,
    private readonly watcher: FilmWatcher,
  ) {}

  hear(answer: FilmAnswer, now: number): void {
    if (answer.kind === "worker") {
      this.find(answer.alive === true, now);
      return;
    }
    if (answer.number !== this.number && answer.kind !== "error") return;
    this.heardAt = now;
    if (answer.kind === "warming") {
      this.watcher.warming();
    } else if (answer.kind === "progress") {
      const { done = 0, of = 1 } = answer;
      this.isDrawn = done < of;
      this.watcher.progress(done, of);
    } else if (answer.kind === "film") {
      this.watcher.done(answer.film ?? "");
    } else if (answer.kind === "error") {
      this.watcher.fail(answer.message ?? "The film could not be drawn.");
    }
  }

  /** Time goes by. */
  look(now: number): void {
    if (!this.hasWorker) return;
    const quiet = now - this.heardAt;
    if (this.isDrawn && quiet > PICTURE_MS) this.ask(now);
    else if (quiet > TURN_MS) this.watcher.fail(SILENT);
  }

  /** Who comes after none was there knows nothing of what was asked for before. */
  private find(alive: boolean, now: number): void {
    const isNew = alive && !this.hasWorker;
    this.hasWorker = alive;
    this.watcher.worker(alive);
    if (isNew) this.ask(now);
  }

  private ask(now: number): void {
    this.number += 1;
    this.heardAt = now;
    this.isDrawn = false;
    this.watcher.waiting();
    this.send(this.number);
  }
}

/** Has the way drawn until it is done or fails; the answer stops it before, without a word. */
export function drawFilm(
  slug: string,
  recipe: Recipe,
  kind: FilmKind,
  watcher: FilmWatcher,
): () => void {
  const socket = studioSocket(slug);
  let isOver = false;
  // That nobody hears is what ends it in the worker.
  const stop = () => {
    isOver = true;
    clearInterval(timer);
    socket.close();
  };
  const request = new FilmRequest(
    (number) => socket.send(JSON.stringify({ number, recipe, film: kind })),
    {
      ...watcher,
      done: (file) => {
        stop();
        watcher.done(file);
      },
      fail: (message) => {
        stop();
        watcher.fail(message);
      },
    },
  );
  const timer = setInterval(() => request.look(Date.now()), LOOK_MS);
  socket.addEventListener("message", ({ data }) => {
    if (!isOver) request.hear(JSON.parse(data as string) as FilmAnswer, Date.now());
  });
  socket.addEventListener("close", ({ reason }) => {
    if (isOver) return;
    stop();
    watcher.fail(reason || CUT);
  });
  return stop;
}
