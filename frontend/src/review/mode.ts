/** What a mode is: how tasks of one kind are asked, shown and answered, in the frame that all share. */
import type { Action } from "../lib/keys";
import type { Decision, Kind, Task, Verdict } from "./tasks";

/** What a mode may do to the picture while its task is shown. */
export interface Stage {
  /** Holds the picture, centred. */
  mat: HTMLElement;
  picture: HTMLImageElement;
  /** Tells a screen reader something in passing. */
  speak(words: string): void;
}

/** What a mode's own commands may do. */
export interface Desk {
  /** The task before the person's eyes, if there is one. */
  readonly task: Task | undefined;
  /** Decides about it, if its mode allows that. */
  decide(decision: Decision): void;
}

export interface Mode {
  /** The kind of its tasks; the scope in which its keys are alive. */
  kind: Kind;
  /** Heading of its commands in the `?` sheet. */
  title: string;
  /** Of all its tasks, in the order of their buttons. */
  verdicts: readonly Exclude<Verdict, "class">[];
  /** Those that this task takes; all where left out. */
  allowed?(task: Task): readonly Verdict[];
  /** What naming a class decides, nothing where undefined; left out, the classes are not shown. */
  choose?(task: Task, name: string): Decision | undefined;
  /** Commands beside verdicts and classes. They get their buttons by `data-action`. */
  actions?(desk: Desk): Omit<Action, "scopes" | "group">[];
  /** The line above the picture: a badge and one h1. */
  question(task: Task): Node[];
  /** What stands beside the picture. `examples` shows what the classes look like, where known. */
  evidence(task: Task, examples: HTMLElement[]): HTMLElement[];
  /** Before the picture is painted into the mat. */
  prepare?(task: Task, mat: HTMLElement): void;
  /** Begins when the picture has been painted; what it returns is called when the task leaves. */
  stage?(task: Task, stage: Stage): () => void;
}
