/** Adjudicating: people disagree, and one decides, seeing what everybody said. */
import { el, icon } from "../lib/dom";
import { annotate } from "./annotate";
import { section } from "./evidence";
import type { Mode } from "./mode";
import type { GivenAnswer, Task } from "./tasks";
import { validate } from "./validate";
import { VERDICTS } from "./verdicts";

const disputed = ({ about_kind }: Task): Mode => (about_kind === "annotate" ? annotate : validate);

export const adjudicate: Mode = {
  kind: "adjudicate",
  title: "Where people disagree",
  verdicts: [...validate.verdicts, ...annotate.verdicts],
  allowed: ({ about_kind }) =>
    about_kind === "annotate" ? ["class", "unclear"] : validate.verdicts,
  choose: (task, name) => disputed(task).choose?.(task, name),
  question({ asked_class: asked }) {
    const words = asked
      ? ["Made as ", el("strong", {}, asked), ". Who is right?"]
      : ["Who is right?"];
    return [
      el("span", { class: "badge tone-uncertain" }, icon("scale"), "disputed"),
      el("h1", {}, ...words),
    ];
  },
  evidence: (task, examples) => [said(task), ...disputed(task).evidence(task, examples)],
};

function said({ answers }: Task): HTMLElement {
  const lines = answers.map((answer) => el("li", {}, ...line(answer)));
  return section("What people said", el("ul", { class: "review-answers" }, ...lines));
}

function line(answer: GivenAnswer): HTMLElement[] {
  const { person, seconds, reasons, comments } = answer;
  const about = [person, `${seconds.toFixed(1)} s`, ...reasons].join(" · ");
  return [
    verdictOf(answer),
    el("span", { class: "muted" }, about),
    ...comments.map((comment) => el("q", {}, comment)),
  ];
}

function verdictOf({ verdict, class: name }: GivenAnswer): HTMLElement {
  if (verdict === "class") return el("strong", {}, name ?? "");
  const { name: words, icon: shape, tone } = VERDICTS[verdict];
  const badge = el("span", { class: `badge tone-${tone === "plain" ? "control" : tone}` });
  badge.append(icon(shape), name ? `${words}: ${name}` : words);
  return badge;
}
