/** Annotating: what does an uncertain real image show? */
import { el, icon } from "../lib/dom";
import { section } from "./evidence";
import type { Mode } from "./mode";
import type { Task } from "./tasks";

export const annotate: Mode = {
  kind: "annotate",
  title: "A real image",
  verdicts: ["unclear"],
  choose: (_, name) => ({ verdict: "class", class: name }),
  question: () => [
    el("span", { class: "badge tone-real" }, icon("square"), "real"),
    el("h1", {}, "What does it show?"),
  ],
  evidence: (task, examples) => [why(task), ...examples],
};

function why(task: Task): HTMLElement {
  const isChance = task.reason.startsWith("random");
  const badge = isChance
    ? el("span", { class: "badge tone-control" }, icon("shuffle"), task.reason)
    : el("span", { class: "badge tone-uncertain" }, icon("circle-help"), "uncertain");
  const parts: HTMLElement[] = [el("p", {}, badge)];
  if (task.score !== null && !isChance) {
    parts.push(el("p", {}, `By ${task.strategy ?? "score"}: ${task.score.toFixed(2)}`));
  }
  if (task.guess) parts.push(el("p", {}, "The model's guess: ", el("strong", {}, task.guess)));
  return section("Why you are asked", ...parts);
}
