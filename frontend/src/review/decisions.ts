/** Which decisions a task allows, and what the keys say about it. */
import type { Action } from "../lib/keymap";
import type { Decision, Kind, Task, Verdict } from "./tasks";

const ALLOWED: Record<Kind, readonly Verdict[]> = {
  annotate: ["class", "unclear"],
  validate: ["right", "wrong_class", "implausible", "artefact"],
};

export function allows(task: Task, verdict: Verdict): boolean {
  return ALLOWED[task.kind].includes(verdict);
}

/**
 * What naming a class says. Of a synthetic image: right if it is the class that was asked for,
 * otherwise the wrong class, and which it is.
 */
export function classDecision(task: Task, name: string): Decision {
  if (task.kind === "annotate") return { verdict: "class", class: name };
  if (task.asked_class === name) return { verdict: "right" };
  return { verdict: "wrong_class", class: name };
}

/** A decision in words: for the line below the progress, and for screen readers. */
export function inWords({ verdict, class: name }: Decision): string {
  const words: Record<Verdict, string> = {
    class: name ?? "",
    unclear: "Unclear",
    right: "Right",
    wrong_class: name ? `Wrong class: ${name}` : "Wrong class",
    implausible: "Implausible",
    artefact: "Artefact",
  };
  return words[verdict];
}

/** Digits for the first ten classes, then the letters that mean nothing else. */
const CLASS_KEYS = [..."1234567890", ..."qwertyiopghjklzxcvbnm"];

/** What the keys may set off. */
export interface Commands {
  decide(verdict: Verdict): void;
  choose(annotationClass: string): void;
  skip(): void;
  takeBack(): void;
  move(by: 1 | -1): void;
  search(): void;
}

/** The page's one table of commands. */
export function reviewActions(classes: readonly string[], run: Commands): Action[] {
  const verdict = (id: Verdict, key: string, title: string): Action => ({
    id,
    keys: [key],
    title,
    group: id === "unclear" ? "A real image" : "A synthetic image",
    run: () => run.decide(id),
  });
  const named = classes.map(
    (name, index): Action => ({
      id: `class-${index}`,
      keys: CLASS_KEYS.slice(index, index + 1),
      title: name,
      group: "It shows (for a synthetic image: right, or wrong class and which)",
      run: () => run.choose(name),
    }),
  );
  const moves: Omit<Action, "group">[] = [
    { id: "skip", keys: ["Space"], title: "Skip: it comes round again", run: () => run.skip() },
    {
      id: "take-back",
      keys: ["Ctrl+z", "Backspace"],
      title: "Take the last decision back",
      run: () => run.takeBack(),
    },
    { id: "previous", keys: ["ArrowLeft"], title: "Look at the last one", run: () => run.move(-1) },
    { id: "next", keys: ["ArrowRight"], title: "Look at the next one", run: () => run.move(1) },
    { id: "search", keys: ["/"], title: "Find a class by name", run: () => run.search() },
  ];
  return [
    verdict("right", "a", "Right class and plausible"),
    verdict("wrong_class", "s", "Wrong class, without saying which"),
    verdict("implausible", "d", "Implausible: no such thing exists"),
    verdict("artefact", "f", "Artefact: the picture is broken"),
    verdict("unclear", "u", "Unclear: nobody could tell"),
    ...named,
    ...moves.map((action) => ({ ...action, group: "Everywhere" })),
  ];
}
