/** Real or fake: a blind look, for as long as the test allows. */
import { el, icon } from "../lib/dom";
import { section } from "./evidence";
import type { Mode, Stage } from "./mode";
import type { Task } from "./tasks";

/** Tasks whose time has begun: looking again, as after taking back, shows nothing more. */
const begun = new Set<number>();
const isOver = (task: Task) => task.exposure_ms !== null && begun.has(task.id);

export const realism: Mode = {
  kind: "realism",
  title: "Real or fake",
  verdicts: ["real", "fake"],
  question: () => [
    el("span", { class: "badge tone-control" }, icon("eye"), "blind"),
    el("h1", {}, "Real or fake?"),
  ],
  evidence: (task) => [rules(task)],
  prepare: (task, mat) => {
    if (isOver(task)) cover(mat);
  },
  stage: expose,
};

function expose(task: Task, { mat, speak }: Stage): () => void {
  const uncover = () => mat.classList.remove("is-covered");
  if (task.exposure_ms === null || isOver(task)) return uncover;
  begun.add(task.id);
  const timer = setTimeout(() => {
    cover(mat);
    speak("Covered. Was it real or fake?");
  }, task.exposure_ms);
  return () => {
    clearTimeout(timer);
    uncover();
  };
}

function cover(mat: HTMLElement): void {
  mat.classList.add("is-covered");
}

function rules({ exposure_ms: milliseconds }: Task): HTMLElement {
  const words = ["As many of these are real as fake, in random order, drawn to one size."];
  if (milliseconds !== null) {
    words.push(`Each is seen for ${milliseconds / 1000} s; take your time to answer.`);
  }
  words.push("How you did is told once everybody's looks are in.");
  return section("A blind test", ...words.map((line) => el("p", {}, line)));
}
