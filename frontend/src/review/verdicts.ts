/** Every verdict: how it is said, its key and its button; and the reasons that can be given with one. */
import { el, icon } from "../lib/dom";
import type { Verdict } from "./tasks";

interface VerdictRecord {
  /** On its button, and as a decision in words. */
  name: string;
  /** In the `?` sheet. */
  title: string;
  key: string;
  icon: string;
  tone: "accepted" | "refused" | "real" | "synthetic" | "plain";
}

/** A verdict has the same key in every mode. `class` is given by naming a class. */
export const VERDICTS: Record<Exclude<Verdict, "class">, VerdictRecord> = {
  unclear: { name: "Unclear", title: "Unclear: nobody could tell", key: "u", icon: "circle-help", tone: "plain" },
  right: { name: "Right", title: "Right class and plausible", key: "a", icon: "circle-check", tone: "accepted" },
  wrong_class: { name: "Wrong class", title: "Wrong class, without saying which", key: "s", icon: "repeat", tone: "refused" },
  implausible: { name: "Implausible", title: "Implausible: no such thing exists", key: "d", icon: "circle-help", tone: "refused" },
  artefact: { name: "Artefact", title: "Artefact: the picture is broken", key: "f", icon: "triangle-alert", tone: "refused" },
  near_copy: { name: "Near-copy", title: "Near-copy of a real image", key: "g", icon: "copy", tone: "refused" },
  bad: { name: "Bad", title: "Bad, without saying why", key: "b", icon: "ban", tone: "refused" },
  real: { name: "Real", title: "Real: a photograph", key: "j", icon: "square", tone: "real" },
  fake: { name: "Fake", title: "Fake: a generator made it", key: "f", icon: "diamond", tone: "synthetic" },
}; // biome-ignore format: a table

/** What can be said beside a verdict; kept with the answer as it stands here. */
export const REASONS: Partial<Record<Verdict, readonly string[]>> = {
  artefact: ["blur", "broken shape", "texture", "background"],
  implausible: ["proportions", "missing part", "impossible part"],
  wrong_class: ["between classes"],
};
const REFUSALS: readonly Verdict[] = ["wrong_class", "implausible", "artefact", "near_copy", "bad"];

/** The reasons that a mode with these verdicts offers. */
export function reasonsOf(verdicts: readonly Verdict[]): string[] {
  const having = ["artefact", "implausible", "wrong_class"] as const;
  return having.filter((verdict) => verdicts.includes(verdict)).flatMap((v) => REASONS[v] ?? []);
}

/** Whether a verdict is told with reasons. */
export function takesReasons(verdict: Verdict): boolean {
  return REFUSALS.includes(verdict);
}

export function verdictButton(verdict: Exclude<Verdict, "class">): HTMLElement {
  const { name, icon: shape, tone } = VERDICTS[verdict];
  return el(
    "button",
    { type: "button", class: `button key-button tone-${tone}`, "data-action": verdict },
    icon(shape),
    el("span", {}, name),
  );
}
