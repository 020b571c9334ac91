/**
 * Commands as data. One Action record a command: the same table binds the keys, shows them on
 * the buttons that carry `data-action="<id>"`, and makes the `?` sheet.
 */
import { el } from "./dom";

export interface Action {
  id: string;
  /** Such as "a", "1", "?", "Enter", "Space", "ArrowLeft", "Ctrl+z". The first is shown. */
  keys: string[];
  title: string;
  run: () => void;
  /** Heading in the `?` sheet. */
  group?: string;
}

type Stroke = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

const NAMES: Record<string, string> = {
  " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc",
}; // biome-ignore format: a table

/** The action of each key. Throws where two actions claim one key. */
export function keyTable(actions: readonly Action[]): Map<string, Action> {
  const table = new Map<string, Action>();
  for (const action of actions) {
    for (const key of action.keys.map(normal)) {
      const other = table.get(key);
      if (other && other !== action) {
        throw new Error(`Both "${other.id}" and "${action.id}" claim the key ${key}.`);
      }
      table.set(key, action);
    }
  }
  return table;
}

/**
 * The action that a stroke means. What the key prints decides; where that means nothing, as on
 * a Cyrillic or Greek layout, its place on the board does.
 */
export function actionFor(stroke: Stroke, table: Map<string, Action>): Action | undefined {
  if (stroke.altKey) return undefined;
  const hold = stroke.ctrlKey || stroke.metaKey ? "ctrl+" : "";
  const printed = stroke.key === " " ? "space" : stroke.key.toLowerCase();
  const found = table.get(hold + printed);
  if (found || (stroke.shiftKey && !hold)) return found;
  return table.get(hold + stroke.code.replace(/^(Key|Digit|Numpad)/, "").toLowerCase());
}

/** How a key is written on its cap: "Ctrl+z" → ["Ctrl", "Z"]. */
export function keyCaps(key: string): string[] {
  return key
    .split("+")
    .map((part) => NAMES[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

/** Whether strokes now belong to a field that is typed into, or to an open dialog. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("dialog[open]")) return true;
  if (target instanceof HTMLInputElement) {
    return !["button", "checkbox", "radio", "submit", "range"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Binds the keys, the buttons with `data-action`, and `?`. Returns a function that unbinds the keys. */
export function bindKeymap(actions: readonly Action[]): () => void {
  const help: Action = {
    id: "help",
    keys: ["?"],
    title: "Show the keys",
    run: () => sheet.showModal(),
  };
  const all = [...actions, help];
  const table = keyTable(all);
  const sheet = helpSheet(all);
  document.body.append(sheet);
  for (const action of all) bindButtons(action);
  const listen = (event: KeyboardEvent) => {
    if (event.defaultPrevented || isTyping(event.target)) return;
    const action = actionFor(event, table);
    if (!action || pressesFocused(event)) return;
    event.preventDefault();
    // A key that is held down is one command: it must not answer image after image.
    if (!event.repeat) action.run();
  };
  document.addEventListener("keydown", listen);
  return () => {
    document.removeEventListener("keydown", listen);
    sheet.remove();
  };
}

/** Enter and Space on a focused link or button press that one. */
function pressesFocused(event: KeyboardEvent): boolean {
  return (
    (event.key === "Enter" || event.key === " ") &&
    event.target instanceof HTMLElement &&
    event.target.matches("a[href], button, summary, input")
  );
}

function bindButtons(action: Action): void {
  for (const button of document.querySelectorAll<HTMLElement>(`[data-action="${action.id}"]`)) {
    button.addEventListener("click", () => action.run());
    const key = action.keys[0];
    if (!key) continue;
    button.setAttribute("aria-keyshortcuts", key.replace("Ctrl", "Control"));
    if (!button.querySelector("kbd")) button.append(caps(key));
  }
}

function caps(key: string): HTMLElement {
  return el("span", { class: "keys" }, ...keyCaps(key).map((cap) => el("kbd", {}, cap)));
}

function helpSheet(actions: readonly Action[]): HTMLDialogElement {
  const close = el("button", { class: "button", autofocus: true }, "Close");
  const sheet = el(
    "dialog",
    { class: "dialog key-sheet", "aria-label": "Keys" },
    el("h2", {}, "Keys"),
    ...groups(actions).map(([heading, members]) =>
      el(
        "section",
        {},
        ...(heading ? [el("h3", {}, heading)] : []),
        el(
          "dl",
          {},
          ...members.flatMap((action) => [
            el("dt", {}, ...action.keys.map(caps)),
            el("dd", {}, action.title),
          ]),
        ),
      ),
    ),
    el("form", { method: "dialog", class: "dialog-actions" }, close),
  );
  return sheet;
}

function groups(actions: readonly Action[]): [string, Action[]][] {
  const found = new Map<string, Action[]>();
  for (const action of actions) {
    const heading = action.group ?? "";
    found.set(heading, [...(found.get(heading) ?? []), action]);
  }
  return [...found];
}

function normal(key: string): string {
  return key === " " ? "space" : key.toLowerCase();
}
