/** The review page: wires keys, buttons, events and the outbox to one session. */
import { csrfToken } from "../lib/api";
import { byId, pageData } from "../lib/dom";
import { connectPageEvents } from "../lib/events";
import { bindKeymap } from "../lib/keymap";
import { bindClassSearch } from "../review/classes";
import { reviewActions } from "../review/decisions";
import type { Example } from "../review/evidence";
import { Pictures } from "../review/pictures";
import { ReviewScreen } from "../review/screen";
import { ReviewSession } from "../review/session";
import { storageShelf } from "../review/shelf";
import { type Counts, reviewApi } from "../review/tasks";

interface PageData {
  project: string;
  person: number;
  size: number;
  counts: Counts;
  classes: Example[];
}

const data = pageData<PageData>();
const session = new ReviewSession({
  size: data.size,
  counts: data.counts,
  api: reviewApi(data.project),
  shelf: storageShelf(localStorage, data.project, data.person),
  pictures: new Pictures(),
  screen: new ReviewScreen(data.classes),
});
const search = bindClassSearch();
const actions = reviewActions(
  data.classes.map(({ name }) => name),
  {
    decide: (verdict) => session.decide(verdict),
    choose: (name) => session.choose(name),
    skip: () => session.skip(),
    takeBack: () => session.takeBack(),
    move: (by) => session.move(by),
    search: () => search.focus(),
  },
);
bindKeymap(actions);

// A button that was clicked must not keep the focus, or Space would press it again.
byId("review-keys").addEventListener("mousedown", (event) => {
  if (event.target instanceof Element && event.target.closest("button")) event.preventDefault();
});
document.addEventListener("visibilitychange", () => session.visible(!document.hidden));
addEventListener("online", () => void session.outbox.send());
addEventListener("beforeunload", (event) => {
  if (session.outbox.waiting > 0) event.preventDefault();
});
addEventListener("pagehide", () => {
  // An answer that has not arrived keeps its hold, so that nobody else is asked meanwhile.
  if (session.heldUntil === null || session.outbox.waiting > 0) return;
  const until = encodeURIComponent(session.heldUntil);
  void fetch(`/api/v1/projects/${data.project}/review/reservations/?until=${until}`, {
    method: "DELETE",
    keepalive: true,
    headers: { "X-CSRFToken": csrfToken() },
  });
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
connectPageEvents((event) => session.heard(event));
void session.start();
