/** One image: to its neighbours by arrow keys, and its actual size. */
import { byId } from "../lib/dom";
import { bindKeymap } from "../lib/keymap";
import { follow } from "../lib/links";

function zoom(): void {
  const figure = byId("picture").closest("figure");
  const actual = figure?.classList.toggle("is-actual") ?? false;
  figure
    ?.querySelector('[data-action="zoom"]')
    ?.setAttribute("aria-pressed", actual ? "true" : "false");
}

bindKeymap([
  { id: "newer", keys: ["ArrowLeft"], title: "Newer image", run: () => follow("a[rel=prev]") },
  { id: "older", keys: ["ArrowRight"], title: "Older image", run: () => follow("a[rel=next]") },
  { id: "grid", keys: ["Escape"], title: "Back to the grid", run: () => follow("a[rel=up]") },
  { id: "zoom", keys: ["z"], title: "Actual size, or fitted", run: zoom },
]);
