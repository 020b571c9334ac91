/** Small helpers around the document. */

type Attributes = Record<string, string | number | boolean | undefined>;

/** The element with that id; throws where the template lacks it. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found as T;
}

/** A new element. Attributes that are false or undefined are left out; true gives an empty one. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children);
  return element;
}

/** An icon of frontend/icons.json; it says nothing to a screen reader. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.documentElement.dataset.icons ?? ""}#${name}`);
  svg.append(use);
  return svg;
}

/** What the template left with `json_script`. */
export function pageData<T>(id = "page-data"): T {
  return JSON.parse(byId(id).textContent ?? "null") as T;
}

/** Calls `run` at most once every `milliseconds`; the last call is never dropped. */
export function throttle(milliseconds: number, run: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    if (timer !== undefined) return;
    const wait = Math.max(0, last + milliseconds - Date.now());
    timer = setTimeout(() => {
      timer = undefined;
      last = Date.now();
      run();
    }, wait);
  };
}

/** A passing word at the edge of the page, read out by screen readers. */
export function toast(message: string, kind: "info" | "good" | "bad" = "info"): void {
  const shape = { info: "info", good: "circle-check", bad: "circle-alert" }[kind];
  const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close" });
  close.append(icon("x"));
  const box = el("div", { class: `toast toast-${kind}` }, icon(shape), el("p", {}, message), close);
  byId("toasts").append(box);
  bindToast(box);
}

/** Lets a toast be closed; those that are no error go by themselves. */
export function bindToast(box: HTMLElement): void {
  box.querySelector("button")?.addEventListener("click", () => box.remove());
  if (!box.classList.contains("toast-bad")) setTimeout(() => box.remove(), 6000);
}
