/** The line to a studio worker: one request is on its way at a time, and the newest follows it. */
import { backoff, isRefusal } from "../lib/events";
import type { Recipe } from "./recipe";

export interface Near {
  guess: string;
  confidence: number;
  uncertainty: number;
  nearest: { id: number; class: string | null; distance: number }[];
}

export interface Picture {
  png: string;
  /** What the worker took for it. */
  milliseconds: number;
}

export interface Hears {
  picture(picture: Picture, recipe: Recipe): void;
  near(near: Near, recipe: Recipe): void;
  /** The generator is being loaded. */
  warming(): void;
  /** So many of a film's pictures are drawn. */
  frame(done: number, of: number): void;
  /** A film's file, in base64. */
  film(film: string, kind: FilmKind): void;
  /** What was asked for cannot be drawn: a picture, or a film of that kind. */
  error(message: string, film?: FilmKind): void;
  /** Whether a worker draws; undefined while there is no line to know by. */
  worker(alive: boolean | undefined): void;
  refused(reason: string): void;
}

interface Answer {
  kind: "worker" | "warming" | "picture" | "near" | "frame" | "film" | "error";
  number?: number | null;
  alive?: boolean;
  message?: string;
  done?: number;
  of?: number;
  film?: string;
}

/** What is asked for: a picture or, with `film`, the whole way. */
interface Wanted {
  recipe: Recipe;
  film?: FilmKind;
}

type Sent = Wanted & { number: number };

/** What a way can be shown as. */
export type FilmKind = "strip" | "gif" | "webp" | "webm";

/** What a socket is to the line. */
export type Sends = Pick<WebSocket, "send" | "close">;

/** Milliseconds after which a request is taken for lost and the newest is asked for again. */
const PATIENCE_MS = 15_000;

/** Which recipe is asked for when: whoever asks while one is on its way waits, and only the last. */
export class Requests {
  private number = 0;
  private wanted: Wanted | undefined;
  private onItsWay: (Sent & { at: number }) | undefined;
  /** What the newest picture was drawn of. */
  private drawn: { number: number; recipe: Recipe } | undefined;

  constructor(private readonly hears: Hears) {}

  ask(recipe: Recipe, film?: FilmKind): void {
    this.wanted = film ? { recipe, film } : { recipe };
  }

  /**
   * What to send now; undefined where nothing is wanted, or an answer is awaited. A film is not
   * waited for: what is asked for after it stops it.
   */
  next(now: number): Sent | undefined {
    if (this.onItsWay && now - this.onItsWay.at > PATIENCE_MS) this.lose();
    if (!this.wanted || (this.onItsWay && !this.onItsWay.film)) return undefined;
    this.number += 1;
    const sent = { ...this.wanted, number: this.number };
    this.onItsWay = { ...sent, at: now };
    this.wanted = undefined;
    return sent;
  }

  /** What was on its way will not be answered: it is wanted again, if nothing newer is. */
  lose(): void {
    if (this.onItsWay && !this.wanted) this.ask(this.onItsWay.recipe, this.onItsWay.film);
    this.onItsWay = undefined;
  }

  hear(answer: Answer, now: number): void {
    const mine = this.onItsWay?.number === answer.number ? this.onItsWay : undefined;
    const last = this.drawn?.number === answer.number ? this.drawn : undefined;
    if (answer.kind === "warming" && mine) {
      mine.at = now;
      this.hears.warming();
    } else if (answer.kind === "picture" && mine) {
      this.drawn = mine;
      this.onItsWay = undefined;
      this.hears.picture(answer as unknown as Picture, mine.recipe);
    } else if (answer.kind === "frame" && mine) {
      mine.at = now;
      this.hears.frame(answer.done ?? 0, answer.of ?? 1);
    } else if (answer.kind === "film" && mine?.film) {
      this.onItsWay = undefined;
      this.hears.film(answer.film ?? "", mine.film);
    } else if (answer.kind === "near" && last) {
      this.hears.near(answer as unknown as Near, last.recipe);
    } else if (answer.kind === "error") {
      if (mine) this.onItsWay = undefined;
      this.hears.error(answer.message ?? "The picture could not be drawn.", mine?.film);
    } else if (answer.kind === "worker") {
      this.hears.worker(answer.alive === true);
    }
  }
}

/** The websocket of a project's studio; it connects again by itself. */
export class StudioLine {
  private socket: WebSocket | undefined;
  private isOpen = false;
  private tries = 0;
  private readonly requests: Requests;

  constructor(
    private readonly slug: string,
    private readonly hears: Hears,
  ) {
    this.requests = new Requests(hears);
    this.connect();
    setInterval(() => this.send(), 1000);
  }

  ask(recipe: Recipe, film?: FilmKind): void {
    this.requests.ask(recipe, film);
    this.send();
  }

  private connect(): void {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}/ws/projects/${this.slug}/studio/`);
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const answer = JSON.parse(data as string) as Answer;
      // Its first word says that it hears: who asked before would miss the answer.
      if (answer.kind === "worker") {
        this.isOpen = true;
        this.tries = 0;
      }
      this.requests.hear(answer, Date.now());
      this.send();
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.isOpen = false;
      this.requests.lose();
      if (isRefusal(code)) {
        this.hears.refused(reason);
        return;
      }
      this.hears.worker(undefined);
      setTimeout(() => this.connect(), backoff(this.tries));
      this.tries += 1;
    });
  }

  private send(): void {
    if (!this.isOpen) return;
    const request = this.requests.next(Date.now());
    if (request) this.socket?.send(JSON.stringify(request));
  }
}
