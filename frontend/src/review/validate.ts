/** Validating: is a synthetic image what it was made for, and could it be real? */
import { el, icon } from "../lib/dom";
import { factList, grid, near, section } from "./evidence";
import type { Mode } from "./mode";
import type { Task } from "./tasks";

export const validate: Mode = {
  kind: "validate",
  title: "A synthetic image",
  verdicts: ["right", "wrong_class", "implausible", "artefact", "near_copy"],
  choose: (task, name) =>
    task.asked_class === name ? { verdict: "right" } : { verdict: "wrong_class", class: name },
  question({ asked_class: asked }) {
    const words = asked
      ? ["Made as ", el("strong", {}, asked), ". Is it right?"]
      : ["Is it right?"];
    const badge = el("span", { class: "badge tone-synthetic" }, icon("diamond"), "synthetic");
    return [badge, el("h1", {}, ...words)];
  },
  evidence: madeFrom,
};

function madeFrom(task: Task): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (task.parent) {
    parts.push(section("Aimed at this uncertain image", near(task.parent, "uncertain")));
  }
  if (task.nearest.length) {
    const cards = task.nearest.map((image) => near(image, "real"));
    parts.push(section("Nearest real images", grid(cards)));
  }
  const facts: [string, string][] = [];
  if (task.uncertainty !== null) facts.push(["Uncertainty", task.uncertainty.toFixed(2)]);
  if (task.generation_run !== null) facts.push(["Generation run", String(task.generation_run)]);
  if (facts.length) parts.push(section("How it was made", factList(facts)));
  return parts;
}
