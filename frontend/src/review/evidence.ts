/** What stands beside the picture: why it is asked, what it was aimed at, what comes near. */
import { el } from "../lib/dom";
import { figure } from "../lib/format";
import type { Evidence, Picture, Task } from "./tasks";

type Examples = readonly { name: string; example: string | null }[];

export function drawEvidence(place: HTMLElement, task: Task, examples: Examples): void {
  place.replaceChildren(
    ...(task.kind === "validate" ? validation(task) : annotation(task, examples)),
  );
}

function validation(task: Task): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (task.parent) {
    parts.push(
      section("Aimed at this uncertain image", card(task.parent, "uncertain", "review-parent")),
    );
  }
  if (task.nearest.length) {
    const cards = task.nearest.map((near) => card(near, "real"));
    parts.push(section("Nearest real images", el("div", { class: "review-cards" }, ...cards)));
  }
  const facts: [string, string][] = [];
  if (task.generation_run !== null) facts.push(["Generation run", String(task.generation_run)]);
  if (task.uncertainty !== null) facts.push(["Uncertainty", figure(task.uncertainty)]);
  if (facts.length) parts.push(section("How it was made", factList(facts)));
  return parts;
}

function annotation(task: Task, examples: Examples): HTMLElement[] {
  const facts: [string, string][] = [["Chosen by", task.reason || "hand"]];
  if (task.score !== null) facts.push([task.strategy ?? "Score", figure(task.score)]);
  if (task.guess) facts.push(["The model's guess", task.guess]);
  const parts = [section("Why you are asked", factList(facts))];
  const shown = examples.filter(({ example }) => example !== null);
  if (shown.length) {
    const cards = shown.map(({ name, example }) =>
      figureOf(example ?? "", `An annotated ${name}`, "real", name),
    );
    parts.push(
      section("What the classes look like", el("div", { class: "review-cards" }, ...cards)),
    );
  }
  return parts;
}

function section(heading: string, ...content: HTMLElement[]): HTMLElement {
  return el("section", {}, el("h2", {}, heading), ...content);
}

function factList(facts: [string, string][]): HTMLElement {
  const rows = facts.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
  return el("dl", { class: "facts" }, ...rows);
}

function card(image: Evidence, tone: string, more = ""): HTMLElement {
  const name = image.class ?? "no class yet";
  const distance = image.distance === null ? "" : ` at ${figure(image.distance)}`;
  return figureOf(image.thumbnail_url, `${name}${distance}`, tone, name, image, more);
}

function figureOf(
  url: string,
  alt: string,
  tone: string,
  name: string,
  image?: Picture & { distance: number | null },
  more = "",
): HTMLElement {
  const isSmall = !image || Math.max(image.width, image.height) <= 96;
  const picture = el("img", { src: url, alt, class: isSmall ? "is-small" : "", loading: "eager" });
  const caption = el("figcaption", {}, name);
  if (image && image.distance !== null) {
    caption.append(el("span", { class: "muted" }, `distance ${figure(image.distance)}`));
  }
  return el("figure", { class: `review-card tone-${tone} ${more}`.trim() }, picture, caption);
}
