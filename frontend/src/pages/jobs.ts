/** Jobs, and one job: what the server drew is fetched again as the log tells of a change. */
import { byId, throttle } from "../lib/dom";
import { connectPageEvents } from "../lib/events";

const refresh = throttle(1000, () => byId("live").dispatchEvent(new CustomEvent("refresh")));
const { job } = byId("live").dataset;

connectPageEvents(({ kind, payload }) => {
  if (kind.startsWith("job.") && (!job || payload.job === job)) refresh();
});
