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

/** Strategies that look for something else than what the model is unsure of. */
const SOUGHT: Record<string, string> = {
  typi_clust: "typical",
  prob_cover: "typical",
  core_set: "unlike the others",
};

function why(task: Task): HTMLElement {
  const parts: HTMLElement[] = [el("p", {}, badge(task))];
  const chosen = isChance(task) ? "" : chosenBy(task);
  if (chosen) parts.push(el("p", {}, chosen));
  if (task.why && !isChance(task)) parts.push(el("p", { class: "muted" }, task.why));
  if (task.guess) parts.push(el("p", {}, "The model's guess: ", el("strong", {}, task.guess)));
  return section("Why you are asked", ...parts);
}

function isChance(task: Task): boolean {
  return task.reason.startsWith("random");
}

function badge(task: Task): HTMLElement {
  if (isChance(task)) {
    return el("span", { class: "badge tone-control" }, icon("shuffle"), task.reason);
  }
  const word = task.strategy ? (SOUGHT[task.strategy] ?? "uncertain") : task.reason || "uncertain";
  return el("span", { class: "badge tone-uncertain" }, icon("circle-help"), word);
}

/** "By margin: 0.93", or of a batch that was chosen as a whole "Chosen 3rd by BADGE". */
export function chosenBy(task: Task): string {
  const name = task.strategy_name ?? task.strategy ?? "score";
  if (task.place !== null) return `Chosen ${ordinal(task.place)} by ${name}`;
  return task.score === null ? "" : `By ${name}: ${task.score.toFixed(2)}`;
}

/** 1st, 2nd, 3rd, 4th, 11th, 21st … */
export function ordinal(place: number): string {
  const ending = ENDINGS[ORDINALS.select(place)] ?? "th";
  return `${place}${ending}`;
}

const ORDINALS = new Intl.PluralRules("en", { type: "ordinal" });
const ENDINGS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };
