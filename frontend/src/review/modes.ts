/** The list of modes. A new one is one file and one line here. */
import { adjudicate } from "./adjudicate";
import { annotate } from "./annotate";
import type { Mode } from "./mode";
import { realism } from "./realism";
import type { Decision, Kind, Task, Verdict } from "./tasks";
import { validate } from "./validate";

export const MODES: readonly Mode[] = [annotate, validate, realism, adjudicate];

const BY_KIND = new Map<Kind, Mode>(MODES.map((mode) => [mode.kind, mode]));

/** The mode in which a task is shown. */
export function modeOf(task: Task): Mode {
  const mode = BY_KIND.get(task.kind);
  if (!mode) throw new Error(`No mode shows tasks of kind ${task.kind}.`);
  return mode;
}

export function allows(task: Task, verdict: Verdict): boolean {
  const mode = modeOf(task);
  const allowed = mode.allowed?.(task) ?? mode.verdicts;
  return allowed.includes(verdict as (typeof allowed)[number]);
}

/** What naming a class decides about a task. */
export function classDecision(task: Task, name: string): Decision | undefined {
  return modeOf(task).choose?.(task, name);
}
