/** What somebody likes: pictures put aside, until they are sent to review as one batch. */
import { apiPost } from "../lib/api";
import { byId, el, toast } from "../lib/dom";
import type { Asked, JobLine } from "./job_line";
import { isSame, type Recipe } from "./recipe";
import { iconButton } from "./stage";

interface Kept {
  recipe: Recipe;
  /** The picture as a data address. */
  picture: string;
  words: string;
}

export interface Opens {
  open(recipe: Recipe): void;
}

export class Tray {
  private readonly list = byId("studio-tray");
  private readonly none = byId("studio-tray-none");
  private readonly send = byId<HTMLButtonElement>("studio-send");
  private kept: Kept[];
  private isSending = false;

  constructor(
    private readonly slug: string,
    private readonly most: number,
    private readonly opens: Opens,
    /** Where the job that makes them is shown. */
    private readonly line: JobLine,
  ) {
    this.kept = this.remembered();
    this.send.addEventListener("click", () => void this.review());
    this.draw();
  }

  /** Puts a picture aside. Of another generator than the others it begins a new tray. */
  keep(recipe: Recipe, picture: string, words: string): void {
    if (this.kept.some((one) => isSame(one.recipe, recipe))) {
      toast("This picture is kept already.");
      return;
    }
    if (this.kept.length >= this.most) {
      toast(`A batch has at most ${this.most} pictures; send these to review first.`, "bad");
      return;
    }
    const [first] = this.kept;
    if (first && first.recipe.checkpoint !== recipe.checkpoint) {
      toast("The pictures of one batch are of one generator; send these to review first.", "bad");
      return;
    }
    this.kept = [...this.kept, { recipe, picture, words }];
    this.changed();
  }

  /** Sends what is kept; it stays here until it is made. */
  private async review(): Promise<void> {
    const sent = this.kept;
    const body = { recipes: sent.map(({ recipe }) => recipe) };
    const ask = () => apiPost<Asked>(`projects/${this.slug}/studio/keep/`, body);
    this.isSending = true;
    this.draw();
    const isTaken = await this.line.follow(ask, "Sending to review", (isMade) => {
      this.isSending = false;
      if (isMade) {
        this.kept = this.kept.filter((one) => !sent.includes(one));
        toast("The pictures are made. They wait in the review queue.", "good");
      }
      this.changed();
    });
    if (!isTaken) {
      this.isSending = false;
      this.draw();
    }
  }

  private changed(): void {
    try {
      sessionStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch {
      // A browser that keeps nothing still holds them as long as the page is open.
    }
    this.draw();
  }

  private draw(): void {
    const count = this.kept.length;
    this.none.hidden = count > 0;
    this.send.disabled = count === 0 || this.isSending;
    const label = this.send.querySelector("span");
    if (label) label.textContent = count ? `Send ${count} to review` : "Send to review";
    this.list.replaceChildren(...this.kept.map((one) => this.tile(one)));
  }

  private tile(one: Kept): HTMLElement {
    const image = el("img", { src: one.picture, alt: one.words, class: "pixelated" });
    const open = el(
      "button",
      { type: "button", class: "tray-open", title: "Go back to it" },
      image,
    );
    open.addEventListener("click", () => this.opens.open(one.recipe));
    const drop = iconButton("x", `Do not keep: ${one.words}`);
    drop.addEventListener("click", () => {
      this.kept = this.kept.filter((other) => other !== one);
      this.changed();
    });
    return el("li", { class: "tray-tile" }, open, drop);
  }

  private remembered(): Kept[] {
    try {
      return JSON.parse(sessionStorage.getItem(this.key) ?? "[]") as Kept[];
    } catch {
      return [];
    }
  }

  private get key(): string {
    return `assay:studio:${this.slug}`;
  }
}
