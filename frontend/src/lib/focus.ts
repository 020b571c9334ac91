/** The focus survives when the server's newest page is morphed in. */

/** What names a control from one version of the page to the next. */
const NAMES = ["id", "data-action", "href", "name"] as const;

let held: HTMLElement | undefined;
let around: HTMLElement[] = [];

export function bindFocusKeeper(): void {
  document.addEventListener("htmx:before:swap", remember);
  document.addEventListener("htmx:after:swap", restore);
}

function remember(): void {
  const { activeElement } = document;
  held =
    activeElement instanceof HTMLElement && activeElement !== document.body
      ? activeElement
      : undefined;
  around = [];
  for (let part = held?.parentElement; part; part = part.parentElement) around.push(part);
}

/** Back to the same control, else to its successor, else to the part of the page that it was in. */
function restore(): void {
  if (!held || document.activeElement !== document.body) return;
  const heir = held.isConnected && isSeen(held) ? held : (successor(held) ?? partAround());
  if (heir && heir.tabIndex < 0) heir.tabIndex = -1;
  heir?.focus({ preventScroll: true });
}

function successor(lost: HTMLElement): HTMLElement | undefined {
  for (const name of NAMES) {
    const value = lost.getAttribute(name);
    if (!value) continue;
    const same = `${lost.tagName}[${name}="${CSS.escape(value)}"]`;
    const found = document.querySelector<HTMLElement>(same);
    if (found && isSeen(found)) return found;
  }
  return undefined;
}

function partAround(): HTMLElement | undefined {
  return around.find(
    (part) =>
      part.isConnected && part !== document.body && part.matches("section, form, nav, main"),
  );
}

function isSeen(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
