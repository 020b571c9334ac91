/** Commands as data: an Action record a command, the keys that mean it, and how keys are written. */
import { el } from "./dom";

export interface Action {
  /** Lower-case letters, digits, - and _; unique among the pages that share a person's own keys. */
  id: string;
  /** Such as "a", "1", "?", "Enter", "Space", "ArrowLeft", "Ctrl+z", "Shift+f". The first is shown. */
  keys: string[];
  title: string;
  run: () => void;
  /** Heading in the `?` sheet. */
  group?: string;
  /** Where it is alive, as `Keymap.enter` names it; everywhere where left out. */
  scopes?: readonly string[];
}

type Stroke = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

const NAMES: Record<string, string> = {
  ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Shift: "⇧",
}; // biome-ignore format: a table

/** What the keys of punctuation print on the layout that the tables are written for. */
const PUNCTUATION: Record<string, string> = {
  Minus: "-", Equal: "=", Comma: ",", Period: ".", Slash: "/", Semicolon: ";",
}; // biome-ignore format: a table

/** A key as tables hold it: "Ctrl+Z" and "Ctrl+z" are one. */
export function normal(key: string): string {
  return key === " " ? "space" : key.toLowerCase();
}

/** Whether both may be alive at once. */
export function overlap(one: Action, other: Action): boolean {
  return !one.scopes || !other.scopes || one.scopes.some((scope) => other.scopes?.includes(scope));
}

/** Throws where two actions that may be alive at once claim one key. */
export function refuseAmbiguous(actions: readonly Action[]): void {
  const claims = new Map<string, Action[]>();
  for (const action of actions) {
    for (const key of action.keys.map(normal)) {
      const others = claims.get(key) ?? [];
      const other = others.find((claimant) => claimant !== action && overlap(claimant, action));
      if (other) throw new Error(`Both "${other.id}" and "${action.id}" claim the key ${key}.`);
      claims.set(key, [...others, action]);
    }
  }
}

/** The action of each key, of those alive in the scope. Throws where two of them claim one key. */
export function keyTable(actions: readonly Action[], scope?: string): Map<string, Action> {
  const alive = actions.filter((action) => isAlive(action, scope));
  refuseAmbiguous(alive);
  return new Map(alive.flatMap((action) => action.keys.map((key) => [normal(key), action])));
}

export function isAlive({ scopes }: Action, scope: string | undefined): boolean {
  return !scopes || scope === undefined || scopes.includes(scope);
}

/**
 * The action that a stroke means. What the key prints decides; where that means nothing, as on
 * a Cyrillic or Greek layout, its place on the board does.
 */
export function actionFor(stroke: Stroke, table: Map<string, Action>): Action | undefined {
  if (stroke.altKey) return undefined;
  const key = readings(stroke).find((reading) => table.has(reading));
  return key === undefined ? undefined : table.get(key);
}

/** How the stroke can be read, the likeliest first. */
function readings(stroke: Stroke): string[] {
  const hold = stroke.ctrlKey || stroke.metaKey ? "ctrl+" : "";
  const printed = normal(stroke.key);
  const place = placeOf(stroke.code, printed);
  const keys = place && place !== printed ? [printed, place] : [printed];
  if (!stroke.shiftKey) return keys.map((key) => hold + key);
  const shifted = keys.map((key) => `${hold}shift+${key}`);
  // What is printed with the help of Shift is a key of its own, such as "?"; a letter is not.
  return printed.length === 1 && !/\p{L}/u.test(printed) ? [...shifted, hold + printed] : shifted;
}

/** The key at that place on the layout of the tables; none where the print is plain already. */
function placeOf(code: string, printed: string): string | undefined {
  if (code.startsWith("Key")) return printed > "~" ? code.slice(3).toLowerCase() : undefined;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  if (digit) return /^[a-z\d]$/.test(printed) ? undefined : digit;
  return PUNCTUATION[code];
}

/** The key that a stroke is, as tables write it; undefined for those that cannot be a command. */
export function keyOf(stroke: Stroke): string | undefined {
  const { key, code } = stroke;
  if (stroke.altKey || ["Shift", "Control", "Meta", "Alt", "Dead", "CapsLock"].includes(key)) {
    return undefined;
  }
  const hold = stroke.ctrlKey || stroke.metaKey ? "Ctrl+" : "";
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  if (stroke.shiftKey && digit) return `${hold}Shift+${digit}`;
  if (key === " ") return `${hold}${stroke.shiftKey ? "Shift+" : ""}Space`;
  const isSign = key.length === 1 && !/\p{L}/u.test(key);
  const shift = stroke.shiftKey && !isSign ? "Shift+" : "";
  return hold + shift + (key.length === 1 ? key.toLowerCase() : key);
}

/** How a key is written on its caps: "Ctrl+z" → ["Ctrl", "Z"]. */
export function keyCaps(key: string): string[] {
  const held = /^(?:(?:Ctrl|Shift)\+)*/.exec(key)?.[0] ?? "";
  const parts = [...held.split("+").filter(Boolean), key.slice(held.length)];
  return parts.map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

/** Key-caps as an element. */
export function caps(key: string): HTMLElement {
  return el("span", { class: "keys" }, ...keyCaps(key).map((cap) => el("kbd", {}, cap)));
}
