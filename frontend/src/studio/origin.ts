/** Where a walk begins: a seed, an image of the generator's own, or a real one as it was found. */
import { apiGet } from "../lib/api";
import { byId, el } from "../lib/dom";
import { percent } from "../lib/format";
import type { Start } from "./recipe";
import { type Addresses, thumbnail } from "./stage";

interface Inversion {
  result: { image: number; pixel_distance: number };
}

const SEED = "A random point. Elsewhere goes to another one.";

export class Origin {
  private readonly root = byId("studio-origin");
  private readonly found = new Map<string, Promise<Inversion>>();
  private shown = "";

  constructor(private readonly addresses: Addresses) {}

  async show(start: Start): Promise<void> {
    const key = JSON.stringify(start);
    if (key === this.shown) return;
    this.shown = key;
    if (start.inversion === undefined) {
      this.fill(start.image, start.image === undefined ? SEED : "An image of this generator.");
      return;
    }
    try {
      const { result } = await this.inversion(start.inversion);
      if (key !== this.shown) return;
      const apart = percent(result.pixel_distance, 1);
      this.fill(
        result.image,
        `A real image, as near as the generator comes to it: pixels differ by ${apart} (root mean` +
          " square).",
      );
    } catch (error) {
      if (key === this.shown) this.fill(undefined, (error as Error).message);
    }
  }

  /** What the job found; it is asked once. */
  private inversion(job: string): Promise<Inversion> {
    const known = this.found.get(job) ?? apiGet<Inversion>(`jobs/${job}/`);
    this.found.set(job, known);
    known.catch(() => this.found.delete(job));
    return known;
  }

  private fill(image: number | undefined, words: string): void {
    const parts: (HTMLElement | string)[] = [el("span", {}, words)];
    if (image !== undefined) {
      const href = this.addresses.image.replace("/0/", `/${image}/`);
      parts.unshift(el("a", { href }, thumbnail(this.addresses, image, `Image ${image}`)));
    }
    this.root.replaceChildren(...parts);
  }
}
