/** Morphs the server's newest page into this one; the server owns the truth. */
import htmx from "htmx.org";
import { byId, throttle } from "./dom";
import { connectPageEvents, type ProjectEvent } from "./events";

/** Asks for the page again, at most twice a second. Elements with `hx-morph-skip` stay as they are. */
export const refreshPage = throttle(500, () => htmx.trigger(byId("main"), "assay:stale"));

/** Refreshes on every event but progress, of which there are many: islands draw those themselves. */
export function refreshOnEvents(onProgress: (event: ProjectEvent) => void = () => {}): void {
  connectPageEvents((event) => {
    if (event.kind === "job.progress") onProgress(event);
    else refreshPage();
  });
}

/** Calls `run` after the newest page was morphed in. */
export function afterRefresh(run: () => void): void {
  document.addEventListener("htmx:after:swap", (event) => {
    if ((event.target as Element | null)?.id === "main" || !event.target) run();
  });
}
