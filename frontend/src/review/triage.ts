/** The sheets' one table of commands. */
import type { Arrow } from "../lib/grid";
import type { Action } from "../lib/keys";
import { MARKS, type Mark } from "./sheets";
import { VERDICTS } from "./verdicts";

/** What the keys may set off. */
export interface TriageCommands {
  mark(mark: Mark): void;
  move(arrow: Arrow): void;
  pass(): void;
  takeBack(): void;
}

const ARROWS: [Arrow, string][] = [
  ["ArrowLeft", "left"],
  ["ArrowRight", "right"],
  ["ArrowUp", "up"],
  ["ArrowDown", "down"],
];

/** Marks have the keys that they have as verdicts; the first few digits mean them, too. */
export function triageActions(run: TriageCommands): Action[] {
  const marks = MARKS.map((mark, index) => {
    const { key, title } = VERDICTS[mark];
    const keys = mark === "bad" ? ["Space", key] : [key, String(index)];
    return {
      id: mark,
      keys,
      title,
      group: "The image under the cursor",
      run: () => run.mark(mark),
    };
  });
  const moves = ARROWS.map(([arrow, where]) => ({
    id: `tile-${where}`,
    keys: [arrow],
    title: `One ${where}`,
    group: "The image under the cursor",
    run: () => run.move(arrow),
  }));
  return [
    ...marks,
    ...moves,
    {
      id: "pass-sheet",
      keys: ["Enter"],
      title: "Refuse what is marked, pass the rest, on to the next sheet",
      group: "The sheet",
      run: () => run.pass(),
    },
    {
      id: "take-back",
      keys: ["Ctrl+z", "Backspace"],
      title: "Take the last sheet back",
      group: "The sheet",
      run: () => run.takeBack(),
    },
  ];
}
