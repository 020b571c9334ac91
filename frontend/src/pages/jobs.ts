/** Jobs, and one job: the server's newest page, as the log tells of a change. */
import { throttle } from "../lib/dom";
import { connectPageEvents } from "../lib/events";
import { refreshPage } from "../lib/refresh";

const job = document.querySelector<HTMLElement>("[data-page-job]")?.dataset.pageJob;
const refreshSoon = throttle(2000, refreshPage);

connectPageEvents(({ kind, payload }) => {
  if (!kind.startsWith("job.") || (job && payload.job !== job)) return;
  if (kind === "job.progress") refreshSoon();
  else refreshPage();
});

// No event tells that a worker fell silent.
setInterval(refreshPage, 5000);
