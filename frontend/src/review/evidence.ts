/** What stands beside the picture: why it is asked, what it was aimed at, what comes near. */
import { el } from "../lib/dom";
import { isSmall } from "./fit";
import type { Mode } from "./mode";
import type { Evidence, Task } from "./tasks";

/** An annotation class with the address of an image that shows it, if there is one. */
export interface Example {
  name: string;
  example: string | null;
}

/** Draws a task's evidence into its place; what stays the same is not drawn again. */
export class EvidencePanel {
  private readonly examples: HTMLElement[];

  constructor(
    private readonly place: HTMLElement,
    examples: readonly Example[],
  ) {
    const cards = examples.flatMap(({ name, example }) =>
      example ? [card({ url: example, alt: `An annotated ${name}`, name, tone: "real" })] : [],
    );
    this.examples = cards.length ? [section("What the classes look like", grid(cards))] : [];
  }

  draw(mode: Mode, task: Task): void {
    const parts = mode.evidence(task, this.examples);
    // Only what differs is exchanged, so that the examples do not flicker.
    for (const old of [...this.place.children])
      if (!parts.includes(old as HTMLElement)) old.remove();
    for (const [index, part] of parts.entries()) {
      if (this.place.children[index] !== part) {
        this.place.insertBefore(part, this.place.children[index] ?? null);
      }
    }
  }

  clear(): void {
    this.place.replaceChildren();
  }
}

export function section(heading: string, ...content: HTMLElement[]): HTMLElement {
  return el("section", {}, el("h2", {}, heading), ...content);
}

export function grid(cards: HTMLElement[]): HTMLElement {
  return el("div", { class: "review-cards" }, ...cards);
}

export function factList(facts: [string, string][]): HTMLElement {
  const rows = facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el("dl", { class: "facts" }, ...rows);
}

export function near(image: Evidence, tone: Card["tone"]): HTMLElement {
  const name = image.class ?? "no class yet";
  const distance = image.distance === null ? "" : `distance ${image.distance.toFixed(2)}`;
  return card({ url: image.thumbnail_url, alt: name, name, tone, distance });
}

export interface Card {
  url: string;
  alt: string;
  name: string;
  tone: "real" | "uncertain";
  distance?: string;
}

export function card({ url, alt, name, tone, distance = "" }: Card): HTMLElement {
  const picture = el("img", { src: url, alt });
  picture.addEventListener("load", () => picture.classList.toggle("is-small", isSmall(picture)));
  const caption = el("figcaption", {}, name);
  if (distance) caption.append(el("span", { class: "muted" }, distance));
  return el("figure", { class: `review-card review-card-${tone} tone-${tone}` }, picture, caption);
}
