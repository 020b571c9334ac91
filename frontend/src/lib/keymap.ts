/**
 * Commands as data. One Action record a command: the same table binds the keys, shows them on
 * the buttons that carry `data-action="<id>"`, and makes the `?` sheet, where they can be changed.
 */
import { KeySheet } from "./key_sheet";
import { type Action, actionFor, caps, isAlive, keyCaps, keyTable, refuseAmbiguous } from "./keys";
import { type Changed, type OwnKeys, withOwnKeys } from "./own_keys";

export interface Keymap {
  /** From now on the actions of this scope are alive, and those of none. */
  enter(scope: string): void;
  /** Writes the keys on buttons that were drawn since. */
  dress(): void;
  stop(): void;
}

/** Whether strokes now belong to a field that is typed into, to a dialog, or to a menu. */
export function isTyping(target: EventTarget | null): boolean {
  if (document.querySelector("dialog:modal")) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("dialog[open], [data-own-keys]")) return true;
  if (target instanceof HTMLInputElement) {
    return !["button", "checkbox", "radio", "range", "submit"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** Binds the keys, the buttons with `data-action`, and `?`. With `own`, keys can be changed there. */
export function bindKeymap(actions: readonly Action[], own?: OwnKeys): Keymap {
  const help: Action = {
    id: "help",
    keys: ["?"],
    title: "Show the keys",
    run: () => sheet.open(),
    ...(actions.some(({ group }) => group) && { group: "Everywhere" }),
  };
  const defaults = [...actions, help];
  refuseAmbiguous(defaults);
  let changed: Changed = own?.keys ?? {};
  let all = withOwnKeys(defaults, changed);
  let scope = "";
  const tables = new Map<string, Map<string, Action>>();
  const table = () => {
    const known = tables.get(scope) ?? keyTable(all, scope);
    tables.set(scope, known);
    return known;
  };
  const sheet = new KeySheet(defaults, own && { ...own, changed: take });

  function take(keys: Changed): void {
    changed = keys;
    all = withOwnKeys(defaults, changed);
    tables.clear();
    keymap.dress();
  }
  const press = (event: KeyboardEvent) => {
    if (event.defaultPrevented || isTyping(event.target)) return;
    const action = actionFor(event, table());
    if (!action || isForFocused(event)) return;
    event.preventDefault();
    // A key that is held down is one command: it must not answer image after image.
    if (!event.repeat) action.run();
  };
  const click = (event: MouseEvent) => {
    if (!(event.target instanceof Element)) return;
    const id = event.target.closest<HTMLElement>("[data-action]")?.dataset.action;
    all.find((action) => action.id === id && isAlive(action, scope))?.run();
  };
  const keymap: Keymap = {
    enter(name) {
      scope = name;
      keymap.dress();
    },
    dress() {
      const byId = new Map(all.map((action) => [action.id, action]));
      for (const button of document.querySelectorAll<HTMLElement>("[data-action]")) {
        const action = byId.get(button.dataset.action ?? "");
        if (action && isAlive(action, scope)) dressButton(button, action);
      }
    },
    stop() {
      document.removeEventListener("keydown", press);
      document.removeEventListener("click", click);
      sheet.remove();
    },
  };
  document.addEventListener("keydown", press);
  document.addEventListener("click", click);
  keymap.dress();
  return keymap;
}

const SLIDES = ["Arrow", "Home", "End", "Page"];

/** Enter and Space press a focused link or button; arrows and their like move a focused slider. */
function isForFocused({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement && target.type === "range") {
    return SLIDES.some((begin) => key.startsWith(begin));
  }
  return (key === "Enter" || key === " ") && target.matches("a[href], button, summary, input");
}

/** Writes the action's key on its button; on one with `data-tip`, into its tip beside the title. */
function dressButton(button: HTMLElement, { keys: [key = ""], title }: Action): void {
  if (button.dataset.key === key) return;
  button.dataset.key = key;
  button.querySelector(":scope > .keys")?.remove();
  if (key) button.setAttribute("aria-keyshortcuts", key.replace("Ctrl", "Control"));
  else button.removeAttribute("aria-keyshortcuts");
  if (button.hasAttribute("data-tip")) {
    button.title = key ? `${title} (${keyCaps(key).join(" ")})` : title;
  } else if (key) {
    const shown = caps(key);
    shown.setAttribute("aria-hidden", "true");
    button.append(shown);
  }
}
