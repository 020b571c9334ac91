/** Versions of the dataset: the server's newest page, as jobs tell of changes. */
import { throttle } from "../lib/dom";
import { connectPageEvents } from "../lib/events";
import { refreshPage } from "../lib/refresh";

const refreshSoon = throttle(1000, refreshPage);

connectPageEvents(({ kind }) => {
  if (kind === "job.progress") refreshSoon();
  else if (kind.startsWith("job.")) refreshPage();
});
