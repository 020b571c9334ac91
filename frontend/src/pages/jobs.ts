/** Jobs, and one job: the server's newest page, as the log tells of a change. */
import { connectPageEvents } from "../lib/events";
import { refreshPage } from "../lib/refresh";

const POLL_MILLISECONDS = 5000;
const job = document.querySelector<HTMLElement>("[data-page-job]")?.dataset.pageJob;

connectPageEvents(({ kind, payload }) => {
  if (kind.startsWith("job.") && (!job || payload.job === job)) refreshPage();
});

// No event tells that a worker fell silent.
setInterval(refreshPage, POLL_MILLISECONDS);
