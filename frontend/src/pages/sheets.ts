/** The page of sheets: wires keys, touch, events and the outbox to one session. */
import { apiPost, apiPut } from "../lib/api";
import { byId, pageData } from "../lib/dom";
import { connectPageEvents } from "../lib/events";
import { bindKeymap } from "../lib/keymap";
import type { Changed } from "../lib/own_keys";
import { storedShelf } from "../review/browser";
import { exemplarPanel } from "../review/exemplars";
import { mindLeaving } from "../review/leaving";
import { Pictures } from "../review/pictures";
import { SoleTab } from "../review/tabs";
import { reviewApi } from "../review/tasks";
import { triageActions } from "../review/triage";
import { TriageScreen } from "../review/triage_screen";
import { TriageSession } from "../review/triage_session";

interface PageData {
  project: string;
  person: number;
  /** Only sheets of this class; of the one with most waiting where left out. */
  class: string | null;
  keys: Changed;
}

const data = pageData<PageData>();
const path = `projects/${data.project}/review/reservations/`;
const pictures = new Pictures();
const session = new TriageSession({
  name: data.class,
  api: {
    ...reviewApi(data.project),
    reserve: (size, name) => apiPost(path, { size, sheet: true, ...(name && { class: name }) }),
  },
  shelf: storedShelf(data.project, data.person),
  pictures,
  screen: new TriageScreen(pictures, exemplarPanel(data.project, byId("sheet-exemplars"))),
});
bindKeymap(triageActions(session), {
  keys: data.keys,
  save: async (keys) => {
    await apiPut("me/keys/", { keys });
  },
});
const tab = new SoleTab(new BroadcastChannel(`assay-review:${data.project}:${data.person}`), {
  left: () => session.leave(),
  cameBack: () => void session.comeBack(),
});
byId("sheet-here").addEventListener("click", () => {
  tab.claim();
  void session.comeBack();
});

const grid = byId("sheet-grid");
grid.addEventListener("click", (event) => {
  const tile = event.target instanceof Element && event.target.closest<HTMLElement>("[data-index]");
  if (tile) session.toggle(Number(tile.dataset.index));
});
byId("sheet-last").addEventListener("click", (event) => {
  const button =
    event.target instanceof Element && event.target.closest<HTMLElement>("[data-take-back]");
  if (button) session.takeBackTile(Number(button.dataset.takeBack));
});
// A button that was clicked must not keep the focus, or Space would press it again.
byId("sheet").addEventListener("mousedown", (event) => {
  if (event.target instanceof Element && event.target.closest("button")) event.preventDefault();
});
byId<HTMLSelectElement>("sheet-class").addEventListener("change", (event) => {
  (event.target as HTMLSelectElement).form?.requestSubmit();
});
document.addEventListener("visibilitychange", () => session.visible(!document.hidden));
addEventListener("online", () => void session.outbox.send());
mindLeaving(data.project, session, tab);
connectPageEvents((event) => session.heard(event));
void session.start();
