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

/** Where the picture would be, why it is not there, in the server's words. */
async function sayWhatIsLost(picture: HTMLImageElement): Promise<void> {
  const answer = await fetch(picture.src);
  if (answer.ok) return;
  const notice = byId("picture-lost");
  const isPlain = answer.headers.get("content-type")?.startsWith("text/plain");
  notice.textContent = isPlain ? await answer.text() : "The picture could not be loaded.";
  notice.hidden = false;
  picture.hidden = true;
}

const picture = byId<HTMLImageElement>("picture");
picture.addEventListener("error", () => void sayWhatIsLost(picture));
// It may have failed before this script ran.
if (picture.complete && picture.naturalWidth === 0) void sayWhatIsLost(picture);

bindKeymap([
  { id: "newer", keys: ["ArrowLeft"], title: "Newer image", run: () => follow("a[rel=prev]") },
  { id: "older", keys: ["ArrowRight"], title: "Older image", run: () => follow("a[rel=next]") },
  { id: "grid", keys: ["Escape"], title: "Back to the grid", run: () => follow("a[rel=up]") },
  { id: "zoom", keys: ["z"], title: "Actual size, or fitted", run: zoom },
]);
