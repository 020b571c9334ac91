/** Finding a class by name, where there are more than there are keys: `/`, a few letters, Enter. */
import { byId } from "../lib/dom";
import { found, used } from "./class_search";

const MOST_RECENT = 12;
/** So many hits are drawn: more are looked through by typing on. */
const MOST_SHOWN = 60;

/** Remembers names across pages; in a browser that forbids storage, as long as the page. */
export interface Memory {
  load(): string[];
  keep(names: string[]): void;
}

export class ClassSearch {
  private readonly field = byId<HTMLInputElement>("review-search");
  private readonly place = byId("review-classes");
  private readonly told = byId("review-found");
  private readonly buttons = [...this.place.querySelectorAll<HTMLButtonElement>("button")];
  private readonly names = this.buttons.map((button) => button.dataset.name ?? "");
  private recent: string[];
  private hits: HTMLButtonElement[] = this.buttons;
  private at = 0;

  /** `left` is called when the person is through with the field. */
  constructor(
    private readonly memory: Memory,
    private readonly left: () => void,
  ) {
    this.recent = memory.load();
    this.field.addEventListener("input", () => this.narrow());
    this.field.addEventListener("focus", () => this.narrow());
    this.field.addEventListener("keydown", (event) => this.press(event));
    this.field.addEventListener("blur", () => this.rest());
  }

  open(): void {
    this.field.focus();
  }

  /** A class was named: it floats up from now on. */
  use(name: string): void {
    this.recent = used(this.recent, name, MOST_RECENT);
    this.memory.keep(this.recent);
  }

  private narrow(): void {
    const places = found(this.names, this.field.value, this.recent);
    this.hits = places.flatMap((place) => this.buttons[place] ?? []);
    this.place.replaceChildren(...this.hits.slice(0, MOST_SHOWN));
    this.place.scrollTop = 0;
    this.point(0);
  }

  private press(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.point(this.at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      const hit = event.key === "Enter" ? this.hits[this.at] : undefined;
      this.left();
      hit?.click();
    }
  }

  /** Marks the hit that Enter chooses. */
  private point(at: number): void {
    const shown = Math.min(this.hits.length, MOST_SHOWN);
    for (const button of this.buttons) button.classList.remove("is-pointed");
    this.at = Math.max(0, Math.min(shown - 1, at));
    const hit = this.hits[this.at];
    hit?.classList.add("is-pointed");
    hit?.scrollIntoView({ block: "nearest" });
    this.told.textContent = hit
      ? `${this.hits.length} found. Enter chooses ${hit.dataset.name}.`
      : "No class is called that.";
  }

  /** All classes in their places again. */
  private rest(): void {
    this.field.value = "";
    this.told.textContent = "";
    for (const button of this.buttons) button.classList.remove("is-pointed");
    // A click on a hit takes the focus from the field first: the hit must still be there.
    setTimeout(() => {
      if (document.activeElement !== this.field) this.place.replaceChildren(...this.buttons);
    }, 200);
  }
}
