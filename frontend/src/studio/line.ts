/** The line to a studio worker: one request is on its way at a time, and the newest follows it. */
import { backoff, isRefusal } from "../lib/events";
import { isSame, type Recipe } from "./recipe";

export interface Seen {
  guess: string;
  confidence: number;
  uncertainty: number;
  nearest: { id: number; class: string | null; distance: number }[];
}

/** What the loop's classifier sees, or why it sees nothing. */
export type Near = Seen | { missing: string };

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
  error(message: string): void;
  /** Whether a worker draws; undefined while there is no line to know by. */
  worker(alive: boolean | undefined): void;
  refused(reason: string): void;
}

interface Answer {
  kind: "worker" | "warming" | "picture" | "near" | "error";
  number?: number | null;
  alive?: boolean;
  message?: string;
}

/** Milliseconds after which a request is taken for lost and the newest is asked for again … */
const PATIENCE_MS = 15_000;
/** … or so many times as long as a picture took that came after that: it is slow, not lost. */
const PATIENCE_TIMES = 3;

interface Asked {
  number: number;
  recipe: Recipe;
  at: number;
}

/** Which recipe is asked for when: whoever asks while one is on its way waits, and only the last. */
export class Requests {
  private number = 0;
  private wanted: Recipe | undefined;
  private onItsWay: Asked | undefined;
  /** What was taken for lost last; it may still come. */
  private late: Asked | undefined;
  private patience = PATIENCE_MS;
  /** What the newest picture was drawn of. */
  private drawn: { number: number; recipe: Recipe } | undefined;

  constructor(private readonly hears: Hears) {}

  ask(recipe: Recipe): void {
    this.wanted = recipe;
  }

  /** What to send now; undefined where nothing is wanted, or an answer is awaited. */
  next(now: number): { number: number; recipe: Recipe } | undefined {
    if (this.onItsWay && now - this.onItsWay.at > this.patience) {
      this.late = this.onItsWay;
      this.lose();
    }
    if (!this.wanted || this.onItsWay) return undefined;
    this.number += 1;
    this.onItsWay = { number: this.number, recipe: this.wanted, at: now };
    this.wanted = undefined;
    return { number: this.number, recipe: this.onItsWay.recipe };
  }

  /** What was on its way will not be answered: it is wanted again, if nothing newer is. */
  lose(): void {
    this.wanted ??= this.onItsWay?.recipe;
    this.onItsWay = undefined;
  }

  hear(answer: Answer, now: number): void {
    const mine = this.onItsWay?.number === answer.number ? this.onItsWay : undefined;
    const last = this.drawn?.number === answer.number ? this.drawn : undefined;
    const late = this.late?.number === answer.number ? this.late : undefined;
    if (answer.kind === "warming" && mine) {
      mine.at = now;
      this.hears.warming();
    } else if (answer.kind === "picture" && mine) {
      this.drawn = mine;
      this.onItsWay = undefined;
      this.hears.picture(answer as unknown as Picture, mine.recipe);
    } else if (answer.kind === "picture" && late) {
      this.take(late, answer as unknown as Picture, now);
    } else if (answer.kind === "near" && last) {
      this.hears.near(answer as unknown as Near, last.recipe);
    } else if (answer.kind === "error") {
      if (mine) this.onItsWay = undefined;
      this.hears.error(answer.message ?? "The picture could not be drawn.");
    } else if (answer.kind === "worker") {
      this.hears.worker(answer.alive === true);
    }
  }

  /** A picture that was taken for lost: without it, a slow generator's would never be seen. */
  private take(late: Asked, picture: Picture, now: number): void {
    this.patience = Math.max(this.patience, PATIENCE_TIMES * (now - late.at));
    this.late = undefined;
    this.drawn = late;
    if (this.onItsWay && isSame(this.onItsWay.recipe, late.recipe)) this.onItsWay = undefined;
    this.hears.picture(picture, late.recipe);
  }
}

/** A socket to the project's studio. Its first word, of the worker, says that it hears. */
export function studioSocket(slug: string): WebSocket {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return new WebSocket(`${scheme}://${location.host}/ws/projects/${slug}/studio/`);
}

/** The line for pictures; it connects again by itself. */
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

  ask(recipe: Recipe): void {
    this.requests.ask(recipe);
    this.send();
  }

  private connect(): void {
    const socket = studioSocket(this.slug);
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const answer = JSON.parse(data as string) as Answer;
      // Who asked before its first word would miss the answer.
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
