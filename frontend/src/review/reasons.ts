/** Reasons to give with a verdict: several may be on before the person decides. */
import { el } from "../lib/dom";
import type { Mode } from "./mode";
import { reasonsOf } from "./verdicts";

export class ReasonPanel {
  private buttons: HTMLButtonElement[] = [];

  constructor(private readonly place: HTMLElement) {}

  /** Draws what the mode offers. */
  offer({ kind, verdicts }: Mode): void {
    this.buttons = reasonsOf(verdicts).map((reason, index) =>
      el(
        "button",
        {
          type: "button",
          class: "button reason",
          "data-tip": true,
          "data-action": `${kind}-reason-${index + 1}`,
          "aria-pressed": "false",
        },
        el("span", {}, reason),
      ),
    );
    const keys = el("kbd", { "aria-hidden": "true" }, `⇧ 1–${this.buttons.length}`);
    this.place.replaceChildren(el("span", { class: "muted" }, "Because ", keys), ...this.buttons);
    this.place.hidden = this.buttons.length === 0;
  }

  /** The reasons that are on. */
  get given(): string[] {
    return this.buttons
      .filter(isOn)
      .map((button) => button.querySelector("span")?.textContent ?? "");
  }

  /** Puts the nth reason on, or off; says what is so now. */
  toggle(index: number): string {
    const button = this.buttons[index];
    if (!button) return "";
    const name = button.querySelector("span")?.textContent ?? "";
    button.setAttribute("aria-pressed", isOn(button) ? "false" : "true");
    return isOn(button) ? `Because: ${name}` : `No more: ${name}`;
  }

  /** Begins anew with a task, which may take none. */
  begin(isTaken: boolean): void {
    this.place.hidden = !isTaken || this.buttons.length === 0;
    for (const button of this.buttons) button.setAttribute("aria-pressed", "false");
  }
}

function isOn(button: HTMLElement): boolean {
  return button.getAttribute("aria-pressed") === "true";
}
