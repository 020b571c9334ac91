/** Finding a class by name, where there are more than there are keys. */
import { byId } from "../lib/dom";

/** Types to narrow the class buttons; Enter presses the first, Escape gives up. Returns the field. */
export function bindClassSearch(): HTMLInputElement {
  const field = byId<HTMLInputElement>("review-search");
  const buttons = [...document.querySelectorAll<HTMLButtonElement>("#review-classes button")];
  const narrow = () => {
    const wanted = field.value.trim().toLowerCase();
    for (const button of buttons) {
      button.hidden = !(button.dataset.name ?? "").toLowerCase().includes(wanted);
    }
  };
  const close = () => {
    field.value = "";
    narrow();
    field.blur();
  };
  field.addEventListener("input", narrow);
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    const first = buttons.find((button) => !button.hidden);
    const isFound = event.key === "Enter" && field.value.trim() !== "";
    close();
    if (isFound) first?.click();
  });
  return field;
}
