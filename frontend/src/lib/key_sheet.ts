/** The `?` sheet: every command with its keys, and where a person changes them. */
import { el } from "./dom";
import { type Action, caps, keyOf } from "./keys";
import { type Changed, type OwnKeys, refusal, withOwnKeys } from "./own_keys";

export interface Changeable extends OwnKeys {
  /** Other keys count from now on. */
  changed(keys: Changed): void;
}

export class KeySheet {
  private readonly dialog = el("dialog", { class: "dialog key-sheet", "aria-label": "Keys" });
  private readonly list = el("div", { class: "key-list", tabindex: 0 });
  private readonly said = el("p", { class: "key-said", role: "status" });
  private keys: Changed;
  /** The action that waits for its new key. */
  private waiting: Action | undefined;

  constructor(
    private readonly defaults: readonly Action[],
    private readonly own: Changeable | undefined,
  ) {
    this.keys = own?.keys ?? {};
    const close = el("button", { class: "button", autofocus: true }, "Close");
    const actions = el("form", { method: "dialog", class: "dialog-actions" });
    if (own) {
      const reset = el("button", { type: "button", class: "button button-quiet" }, "Reset all");
      reset.addEventListener("click", () => void this.take({}, "All keys are as they were."));
      actions.append(reset);
    }
    actions.append(close);
    this.dialog.append(el("h2", {}, "Keys"), this.list, this.said, actions);
    this.dialog.addEventListener("keydown", (event) => this.press(event));
    this.dialog.addEventListener("click", (event) => this.click(event));
    this.dialog.addEventListener("close", () => this.wait(undefined));
    document.body.append(this.dialog);
  }

  open(): void {
    this.said.textContent = "";
    this.draw();
    this.dialog.showModal();
  }

  remove(): void {
    this.dialog.remove();
  }

  private get actions(): Action[] {
    return withOwnKeys(this.defaults, this.keys);
  }

  private click(event: MouseEvent): void {
    const button = event.target instanceof Element && event.target.closest<HTMLElement>("button");
    if (!button) return;
    const { change, reset } = button.dataset;
    const action = this.actions.find(({ id }) => id === (change ?? reset));
    if (!action) return;
    if (change) {
      this.wait(this.waiting?.id === action.id ? undefined : action);
      return;
    }
    const { [action.id]: _, ...others } = this.keys;
    void this.take(others, `“${action.title}” has its first key again.`, action.id);
  }

  private press(event: KeyboardEvent): void {
    const action = this.waiting;
    if (!action) return;
    const isTab = event.key === "Tab";
    if (!isTab) event.preventDefault();
    if (isTab || event.key === "Escape") {
      this.wait(undefined);
      return;
    }
    const key = keyOf(event);
    if (!key) return;
    const why = refusal(this.actions, action, key);
    if (why) this.said.textContent = why;
    else {
      const keys = { ...this.keys, [action.id]: [key] };
      void this.take(keys, `“${action.title}” is ${key} now.`, action.id);
    }
  }

  private wait(action: Action | undefined): void {
    const before = this.waiting?.id;
    this.waiting = action;
    this.said.textContent = action
      ? `Press the new key of “${action.title}”. Esc leaves it as it is.`
      : "";
    this.draw(action?.id ?? before);
  }

  private async take(keys: Changed, said: string, focus?: string): Promise<void> {
    const before = this.keys;
    this.waiting = undefined;
    this.keys = keys;
    try {
      await this.own?.save(keys);
      this.said.textContent = said;
    } catch (error) {
      this.keys = before;
      this.said.textContent = error instanceof Error ? error.message : String(error);
    }
    this.own?.changed(this.keys);
    this.draw(focus);
  }

  /** Draws the list anew; the focus stays with the action that had it. */
  private draw(focus?: string): void {
    this.list.replaceChildren(
      ...grouped(this.actions).map(([heading, members]) =>
        el(
          "section",
          {},
          ...(heading ? [el("h3", {}, heading)] : []),
          el("dl", {}, ...members.map((action) => this.row(action))),
        ),
      ),
    );
    if (focus) this.list.querySelector<HTMLElement>(`[data-change="${focus}"]`)?.focus();
  }

  private row(action: Action): HTMLElement {
    const isWaiting = this.waiting?.id === action.id;
    const keys = isWaiting ? ["press a key …"] : action.keys.map(caps);
    const row = el("div", {}, el("dt", {}, ...keys), el("dd", {}, action.title));
    if (!this.own) return row;
    const change = el(
      "button",
      {
        type: "button",
        class: "button button-quiet",
        "data-change": action.id,
        "aria-label": `Change the key of “${action.title}”`,
        "aria-pressed": isWaiting ? "true" : "false",
      },
      "Change",
    );
    const tools = el("dd", { class: "key-tools" }, change);
    if (this.keys[action.id]) {
      const label = `Reset the key of “${action.title}”`;
      const reset = { type: "button", class: "button button-quiet", "aria-label": label };
      tools.prepend(el("button", { ...reset, "data-reset": action.id }, "Reset"));
    }
    row.append(tools);
    return row;
  }
}

function grouped(actions: readonly Action[]): [string, Action[]][] {
  const found = new Map<string, Action[]>();
  for (const action of actions) {
    const heading = action.group ?? "";
    found.set(heading, [...(found.get(heading) ?? []), action]);
  }
  return [...found];
}
