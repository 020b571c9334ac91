/** The small panels over the picture: why to skip, what to say, how to look, what to be asked. */
import { apiDelete, apiPut } from "../lib/api";
import { byId, el } from "../lib/dom";
import { caps } from "../lib/keys";
import { SKIP_REASONS } from "./decisions";
import { Flyout } from "./flyout";
import type { Kind, SkipReason } from "./tasks";

/** Space opens it, Space again gives the first reason; digits give the others. */
export function bindSkipMenu(stay: HTMLElement, skip: (reason: SkipReason) => void): Flyout {
  const panel = byId("review-skip");
  const menu = new Flyout(panel, stay);
  const buttons = Object.entries(SKIP_REASONS).map(([reason, words], index) => {
    const attributes = { type: "button", class: "button key-button", "data-reason": reason };
    return el("button", attributes, caps(String(index + 1)), el("span", {}, words));
  });
  panel.append(...buttons);
  const give = (button: HTMLButtonElement | undefined) => {
    if (!button) return;
    menu.close();
    skip(button.dataset.reason as SkipReason);
  };
  for (const button of buttons) button.addEventListener("click", () => give(button));
  panel.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      buttons[(at + step + buttons.length) % buttons.length]?.focus();
    } else if (/^\d$/.test(event.key)) {
      event.preventDefault();
      give(buttons[Number(event.key) - 1]);
    } else if (event.key === " ") {
      // At the press and not at the release: the press that opened the menu is released here.
      event.preventDefault();
      if (!event.repeat) give(buttons[at]);
    }
  });
  panel.addEventListener("keyup", (event) => {
    if (event.key === " ") event.preventDefault();
  });
  return menu;
}

/** A field that opens in place; Enter keeps what it says. */
export function bindComment(stay: HTMLElement, keep: (text: string) => void): Flyout {
  const form = byId<HTMLFormElement>("review-comment");
  const field = byId<HTMLInputElement>("review-comment-text");
  const flyout = new Flyout(form, stay);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    flyout.close();
    keep(text);
  });
  return flyout;
}

/** What the person wants to be asked: kept on the server; the queue begins anew with it. */
export function bindFilter(project: string): void {
  const opener = document.getElementById("review-filter-open");
  if (!opener) return;
  const dialog = byId<HTMLDialogElement>("review-filter");
  const said = byId("review-filter-said");
  const path = `projects/${project}/review`;
  opener.addEventListener("click", () => dialog.showModal());
  byId("review-filter-close").addEventListener("click", () => dialog.close());
  byId("review-filter-all").addEventListener("click", () => {
    for (const box of dialog.querySelectorAll<HTMLInputElement>("input")) box.checked = false;
  });
  byId<HTMLFormElement>("review-filter-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const wanted = { kinds: form.getAll("kind") as Kind[], classes: form.getAll("class") };
    try {
      await apiPut(`${path}/filter/`, wanted);
      await apiDelete(`${path}/reservations/`);
      location.reload();
    } catch (error) {
      said.textContent = error instanceof Error ? error.message : String(error);
    }
  });
}
