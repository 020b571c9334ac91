/** The page's one table of commands: what all modes share, and what each brings. */
import type { Action } from "../lib/keys";
import type { Desk } from "./mode";
import { MODES } from "./modes";
import type { Decision, PastDecision, RemarkKind, SkipReason } from "./tasks";
import { reasonsOf, VERDICTS } from "./verdicts";

/** Digits for the first ten classes, then the letters that mean nothing else. */
const CLASS_KEYS = [..."1234567890", ..."qwertyiophjklzxcvnm"];
const CLASSES = "Name the class";
const CHOOSING = MODES.filter((mode) => mode.choose).map(({ kind }) => kind);

/** Why a task is skipped; the first is the one that Space, Space gives. */
export const SKIP_REASONS: Record<SkipReason, string> = {
  unsure: "I cannot tell",
  broken: "the picture is broken",
  out_of_scope: "it does not belong here",
  other: "something else",
};

/** What the keys may set off. */
export interface Commands extends Desk {
  choose(annotationClass: string): void;
  /** The nth reason that the mode offers is given, or not any more. */
  reason(index: number): void;
  search(): void;
  skip(): void;
  takeBack(): void;
  history(): void;
  move(by: 1 | -1): void;
  mark(kind: RemarkKind): void;
  zoom(direction: 1 | -1): void;
  pan(x: -1 | 0 | 1, y: -1 | 0 | 1): void;
  light(what: "contrast" | "brightness", direction: 1 | -1): void;
  invert(): void;
  view(): void;
  resetView(): void;
}

/** The page's one table of commands. */
export function reviewActions(classes: readonly string[], run: Commands): Action[] {
  return [
    ...verdictActions(run),
    ...modeActions(run),
    ...reasonActions(run),
    ...classActions(classes, run),
    ...grouped("Everywhere", moves(run)),
    ...grouped("Say something", remarks(run)),
    ...grouped("Look closer", looks(run)),
  ];
}

/** One action a verdict, alive in the modes that have it. */
function verdictActions(run: Commands): Action[] {
  return MODES.flatMap(({ verdicts }) => verdicts)
    .filter((verdict, index, all) => all.indexOf(verdict) === index)
    .map((verdict) => {
      const having = MODES.filter(({ verdicts }) => verdicts.includes(verdict));
      const { key, title } = VERDICTS[verdict];
      return {
        id: verdict,
        keys: [key],
        title,
        group: having[0]?.title ?? "",
        scopes: having.map(({ kind }) => kind),
        run: () => run.decide({ verdict }),
      };
    });
}

function modeActions(run: Commands): Action[] {
  return MODES.flatMap(({ kind, title, actions }) =>
    (actions?.(run) ?? []).map((action) => ({ ...action, group: title, scopes: [kind] })),
  );
}

/** One action a reason, in the order in which a mode offers them. */
function reasonActions(run: Commands): Action[] {
  return MODES.flatMap((mode) =>
    reasonsOf(mode.verdicts).map(
      (reason, index): Action => ({
        id: `${mode.kind}-reason-${index + 1}`,
        keys: [`Shift+${index + 1}`],
        title: `Because: ${reason}`,
        group: mode.title,
        scopes: [mode.kind],
        run: () => run.reason(index),
      }),
    ),
  );
}

function classActions(classes: readonly string[], run: Commands): Action[] {
  const find: Action = {
    id: "search",
    keys: ["/"],
    title: "Find a class by name",
    run: () => run.search(),
  };
  const named = classes.map(
    (name, index): Action => ({
      id: `class-${index}`,
      keys: CLASS_KEYS.slice(index, index + 1),
      title: name,
      run: () => run.choose(name),
    }),
  );
  return grouped(CLASSES, [find, ...named]).map((action) => ({ ...action, scopes: CHOOSING }));
}

function moves(run: Commands): Action[] {
  return [
    { id: "skip", keys: ["Space"], title: "Skip, and why: twice, if you cannot tell", run: () => run.skip() },
    { id: "take-back", keys: ["Ctrl+z", "Backspace"], title: "Take the last decision back", run: () => run.takeBack() },
    { id: "history", keys: ["Shift+h"], title: "Your last decisions, each to take back", run: () => run.history() },
    { id: "previous", keys: ["ArrowLeft"], title: "Look at the last one", run: () => run.move(-1) },
    { id: "next", keys: ["ArrowRight"], title: "Look at the next one", run: () => run.move(1) },
  ]; // biome-ignore format: a table
}

function remarks(run: Commands): Action[] {
  return [
    { id: "flag", keys: ["Shift+f"], title: "Flag it for reviewers, or not", run: () => run.mark("flag") },
    { id: "comment", keys: ["Shift+c"], title: "Comment on it", run: () => run.mark("comment") },
    { id: "bookmark", keys: ["Shift+b"], title: "Bookmark it for yourself, or not", run: () => run.mark("bookmark") },
  ]; // biome-ignore format: a table
}

function looks(run: Commands): Action[] {
  return [
    { id: "zoom-in", keys: ["+", "="], title: "Zoom in", run: () => run.zoom(1) },
    { id: "zoom-out", keys: ["-"], title: "Zoom out", run: () => run.zoom(-1) },
    { id: "pan-left", keys: ["Shift+ArrowLeft"], title: "See what is further left", run: () => run.pan(-1, 0) },
    { id: "pan-right", keys: ["Shift+ArrowRight"], title: "See what is further right", run: () => run.pan(1, 0) },
    { id: "pan-up", keys: ["Shift+ArrowUp"], title: "See what is further up", run: () => run.pan(0, -1) },
    { id: "pan-down", keys: ["Shift+ArrowDown"], title: "See what is further down", run: () => run.pan(0, 1) },
    { id: "contrast-more", keys: ["."], title: "More contrast", run: () => run.light("contrast", 1) },
    { id: "contrast-less", keys: [","], title: "Less contrast", run: () => run.light("contrast", -1) },
    { id: "brightness-more", keys: ["Shift+."], title: "Brighter", run: () => run.light("brightness", 1) },
    { id: "brightness-less", keys: ["Shift+,"], title: "Darker", run: () => run.light("brightness", -1) },
    { id: "invert", keys: ["Shift+i"], title: "Invert", run: () => run.invert() },
    { id: "view", keys: ["Shift+l"], title: "Zoom and light, as a panel", run: () => run.view() },
    { id: "reset-view", keys: ["Shift+z"], title: "As it was: zoom and light", run: () => run.resetView() },
  ]; // biome-ignore format: a table
}

function grouped(group: string, actions: Action[]): Action[] {
  return actions.map((action) => ({ ...action, group }));
}

/** A decision in words: for the line below the progress, and for screen readers. */
export function inWords({ verdict, class: name, reasons = [] }: Decision): string {
  const why = reasons.length ? ` (${reasons.join(", ")})` : "";
  if (verdict === "class") return name ?? "";
  return (name ? `${VERDICTS[verdict].name}: ${name}` : VERDICTS[verdict].name) + why;
}

/** The same of a decision that the server tells. */
export function pastInWords({ verdict, class: name, reasons }: PastDecision): string {
  if (verdict !== "skip") return inWords({ verdict, ...(name && { class: name }), reasons });
  return `Skipped: ${SKIP_REASONS[reasons[0] as SkipReason] ?? "something else"}`;
}
