/** Boxes that scroll can be reached by keyboard, and say what they hold. */

const SCROLLERS = ".table-wrap, .log, .decisions, .facet-choices, [data-scrolls]";

/** What a scrolling box is called: its own name, or the heading of the part of the page around it. */
export function nameOf(box: Element): string {
  const part = box.closest("section, aside, main, dialog");
  const heading = part?.querySelector("h1, h2, h3")?.textContent?.trim();
  return part?.getAttribute("aria-label") ?? heading ?? document.title;
}

/** Whether a box hides something of what it holds. */
export function scrolls(
  box: Pick<Element, "scrollWidth" | "clientWidth" | "scrollHeight" | "clientHeight">,
): boolean {
  return box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
}

/**
 * Puts each box that scrolls into the order of focus, and takes it out when all of it is seen.
 * One with a link or button in it comes into view by that.
 */
function judge(box: HTMLElement): void {
  const isStop = scrolls(box) && !box.querySelector("a[href], button, input, select, textarea");
  if (isStop) {
    box.tabIndex = 0;
    if (!box.hasAttribute("role") && !box.matches("ol, ul, nav, section, aside")) {
      box.setAttribute("role", "group");
    }
    if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", nameOf(box));
  } else if (box !== document.activeElement) {
    box.removeAttribute("tabindex");
  }
}

/** Judges the page's boxes now, when they change their size, and when the page is renewed. */
export function bindScrollers(): void {
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) judge(target as HTMLElement);
  });
  const find = () => {
    for (const box of document.querySelectorAll<HTMLElement>(SCROLLERS)) {
      sizes.observe(box);
      judge(box);
    }
  };
  find();
  document
    .querySelector(".tabs [aria-current]")
    ?.scrollIntoView({ block: "nearest", inline: "nearest" });
  document.addEventListener("htmx:after:swap", find);
  document.addEventListener("toggle", find, true);
}
