/** The sliders: a generator's directions, named or proposed, and what people do with them. */
import { ApiError, apiDelete, apiGet, apiPatch, apiPost } from "../lib/api";
import { byId, el, toast } from "../lib/dom";
import { percent } from "../lib/format";
import type { Asked } from "./job_line";
import { iconButton } from "./stage";

export interface Direction {
  id: number;
  name: string;
  named_by: string | null;
  method: string;
  /** What a search found: its share of all change, or what grows along it and how surely. */
  found: { rank?: number; explained?: number; grows?: string; parted?: number };
  superseded_at: string | null;
}

export interface Slides {
  /** While a slider moves. */
  slide(direction: number, amount: number): void;
  /** When it has come to rest. */
  rest(): void;
  /** A direction that the picture is moved along is not there any more. */
  gone(direction: number): void;
}

export interface Rights {
  may_keep: boolean;
  manages: boolean;
}

const STEP = 0.1;

export class Directions {
  private readonly list = byId("studio-directions");
  private readonly none = byId("studio-no-direction");
  private checkpoint = 0;
  private shown: Direction[] = [];
  /** By id, with what each was drawn from. */
  private readonly rows = new Map<number, { drawn: string; row: HTMLElement }>();
  private moves: Record<string, number> = {};

  constructor(
    private readonly slug: string,
    private readonly rights: Rights,
    private readonly most: number,
    private readonly slides: Slides,
  ) {}

  /** Reads a generator's directions anew. */
  async load(checkpoint: number): Promise<void> {
    this.checkpoint = checkpoint;
    try {
      const { results } = await apiGet<{ results: Direction[] }>(
        `projects/${this.slug}/studio/directions/?checkpoint=${checkpoint}`,
      );
      const moved = await this.superseded(results);
      if (checkpoint !== this.checkpoint) return;
      this.shown = [...results, ...moved].sort(inOrder);
    } catch (error) {
      toast(String((error as Error).message), "bad");
    }
    this.draw();
  }

  /** Directions that are listed no more, but the picture is still moved along. */
  private async superseded(listed: Direction[]): Promise<Direction[]> {
    const known = new Set(listed.map(({ id }) => id));
    const others = Object.keys(this.moves)
      .map(Number)
      .filter((id) => !known.has(id));
    const found = await Promise.all(others.map((id) => this.one(id)));
    return found.filter((direction) => direction !== undefined);
  }

  /** A direction by its id; where there is none, the picture is no longer moved along it. */
  private async one(id: number): Promise<Direction | undefined> {
    try {
      return await apiGet<Direction>(`projects/${this.slug}/studio/directions/${id}/`);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      toast(`There is no direction ${id}; the picture is no longer moved along it.`);
      this.slides.gone(id);
      return undefined;
    }
  }

  /** Has a job look for directions. Rejects where that is refused. */
  find(method: string): Promise<Asked> {
    const path = `projects/${this.slug}/studio/directions/`;
    // Another search looks at other images.
    const seed = Math.floor(Math.random() * 1_000_000);
    return apiPost<Asked>(path, { checkpoint: this.checkpoint, method, seed });
  }

  /** Puts the sliders where a recipe has them. */
  place(moves: Record<string, number>): void {
    this.moves = moves;
    for (const { id } of this.shown) {
      const input = document.querySelector<HTMLInputElement>(`#direction-${id}`);
      const amount = moves[id] ?? 0;
      if (!input) continue;
      if (Number(input.value) !== amount) input.value = String(amount);
      this.tell(id, amount);
    }
  }

  private tell(id: number, amount: number): void {
    const output = document.getElementById(`direction-${id}-amount`);
    if (output) output.textContent = inDeviations(amount);
  }

  private draw(): void {
    this.none.hidden = this.shown.length > 0;
    const rows = this.shown.map((direction) => this.rowOf(direction));
    for (const [id, { row }] of this.rows) {
      if (rows.includes(row)) continue;
      row.remove();
      this.rows.delete(id);
    }
    // One by one: what is not moved keeps the focus, a hand on its slider, and words half typed.
    rows.forEach((row, place) => {
      const there = this.list.children[place];
      if (there !== row) this.list.insertBefore(row, there ?? null);
    });
    this.place(this.moves);
  }

  /** A direction's row; the one that is there, where nothing of it changed. */
  private rowOf(direction: Direction): HTMLElement {
    const drawn = JSON.stringify(direction);
    const known = this.rows.get(direction.id);
    if (known?.drawn === drawn) return known.row;
    known?.row.remove();
    const row = this.row(direction);
    this.rows.set(direction.id, { drawn, row });
    return row;
  }

  private row(direction: Direction): HTMLElement {
    const { id } = direction;
    const input = el("input", {
      type: "range", id: `direction-${id}`, min: -this.most, max: this.most, step: STEP, value: 0,
    }); // biome-ignore format: attributes
    input.addEventListener("input", () => {
      const amount = Number(input.value);
      this.moves = { ...this.moves, [id]: amount };
      this.tell(id, amount);
      this.slides.slide(id, amount);
    });
    input.addEventListener("change", () => this.slides.rest());
    input.addEventListener("dblclick", () => {
      input.value = "0";
      input.dispatchEvent(new Event("input"));
      this.slides.rest();
    });
    const title = `${nameOf(direction)}${worthOf(direction)}`;
    const name = { for: input.id, class: "direction-name", title };
    const label = el("label", name, nameOf(direction));
    if (!direction.name) label.classList.add("is-proposal");
    const amount = el("output", { id: `direction-${id}-amount`, for: input.id, class: "number" });
    const tools = el("span", { class: "direction-tools" });
    const row = el("div", { class: "direction" }, label, input, amount, tools);
    if (this.rights.may_keep) {
      const rename = iconButton("pencil", `Name “${nameOf(direction)}”`);
      rename.addEventListener("click", () => this.rename(direction, row));
      tools.append(rename);
    }
    return row;
  }

  private rename(direction: Direction, row: HTMLElement): void {
    const field = el("input", {
      class: "input", name: "name", value: direction.found.grows ? nameOf(direction) : direction.name,
      maxlength: 60, required: true,
      placeholder: "What it changes", "aria-label": "What it changes",
    }); // biome-ignore format: attributes
    const save = el("button", { class: "button" }, "Save");
    const form = el("form", { class: "direction-form" }, field, save);
    if (this.rights.manages) {
      const remove = iconButton("trash-2", `Delete “${nameOf(direction)}”`);
      remove.addEventListener("click", () => void this.remove(direction));
      form.append(remove);
    }
    const close = () => {
      form.remove();
      this.seeName(row, true);
      row.querySelector<HTMLElement>(".direction-tools button")?.focus();
    };
    const leave = iconButton("x", "Leave it as it is");
    leave.addEventListener("click", close);
    form.append(leave);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save(direction, field.value, close);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    this.seeName(row, false);
    row.prepend(form);
    field.focus();
    field.select();
  }

  /** Whether a row's name is seen, or the form that changes it; its slider is called by it always. */
  private seeName(row: HTMLElement, isSeen: boolean): void {
    row.classList.toggle("is-named", !isSeen);
    row.querySelector(".direction-name")?.classList.toggle("visually-hidden", !isSeen);
  }

  private async save(direction: Direction, name: string, close: () => void): Promise<void> {
    try {
      await apiPatch(this.address(direction), { name });
      close();
      toast(`“${name.trim()}” is there for everybody in the project.`, "good");
      await this.load(this.checkpoint);
      document.querySelector<HTMLElement>(`#direction-${direction.id}`)?.focus();
    } catch (error) {
      toast((error as Error).message, "bad");
    }
  }

  private async remove(direction: Direction): Promise<void> {
    const question = `Delete “${nameOf(direction)}” for everybody? Kept pictures stay.`;
    if (direction.name && !window.confirm(question)) return;
    try {
      await apiDelete(this.address(direction));
      this.slides.slide(direction.id, 0);
      this.slides.rest();
      await this.load(this.checkpoint);
    } catch (error) {
      toast((error as Error).message, "bad");
    }
  }

  private address({ id }: Direction): string {
    return `projects/${this.slug}/studio/directions/${id}/`;
  }
}

/** Named ones by name, then proposals as they were ranked. */
function inOrder(one: Direction, other: Direction): number {
  if (!one.name !== !other.name) return one.name ? -1 : 1;
  return one.name.localeCompare(other.name) || one.id - other.id;
}

function nameOf({ name, method, found, id, superseded_at }: Direction): string {
  if (name) return name;
  if (found.grows) return `More ${method === "classes" ? "like " : ""}${found.grows}`;
  return `${superseded_at ? "Earlier proposal" : "Proposal"} ${found.rank ?? id}`;
}

/** What the search that found it says of it. */
function worthOf({ found: { explained, parted } }: Direction): string {
  if (explained !== undefined) return `: ${percent(explained, 0)} of all change lies along it`;
  if (parted === undefined) return "";
  return `: it tells ${percent(parted, 0)} of held-back pictures apart (50% is chance)`;
}

/** 1.5 → +1.5 σ */
export function inDeviations(amount: number): string {
  if (!amount) return "0 σ";
  return `${amount > 0 ? "+" : "−"}${Math.abs(amount).toFixed(1)} σ`;
}
