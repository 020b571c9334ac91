/** The review page: wires keys, buttons, events, tabs and the outbox to one session. */
import { apiPut } from "../lib/api";
import { byId, pageData } from "../lib/dom";
import { connectPageEvents } from "../lib/events";
import { bindKeymap } from "../lib/keymap";
import type { Changed } from "../lib/own_keys";
import { storedNames, storedShelf } from "../review/browser";
import { ClassSearch } from "../review/classes";
import { type Commands, reviewActions } from "../review/decisions";
import { Drawer } from "../review/drawer";
import type { Example } from "../review/evidence";
import { Flyout } from "../review/flyout";
import { mindLeaving } from "../review/leaving";
import { bindComment, bindFilter, bindSkipMenu } from "../review/panels";
import { Pictures } from "../review/pictures";
import { ReviewScreen } from "../review/screen";
import { ReviewSession } from "../review/session";
import { SoleTab } from "../review/tabs";
import { type Counts, type Kind, reviewApi } from "../review/tasks";
import { Viewer } from "../review/viewer";

interface PageData {
  project: string;
  person: number;
  username: string;
  kinds: Kind[] | null;
  size: number;
  counts: Counts;
  classes: Example[];
  keys: Changed;
}

const data = pageData<PageData>();
const api = reviewApi(data.project, data.kinds);
const mat = byId("review-mat");
const viewer = new Viewer(mat);
const screen = new ReviewScreen(data.classes, viewer, {
  entered: (kind) => keymap.enter(kind),
  cameBack: () => {
    tab.claim();
    void session.comeBack();
  },
});
const session = new ReviewSession({
  size: data.size,
  only: data.kinds?.length === 1 ? (data.kinds[0] ?? null) : null,
  counts: data.counts,
  api,
  shelf: storedShelf(data.project, data.person),
  pictures: new Pictures(),
  screen,
});
const search = new ClassSearch(storedNames(data.project, data.person), () => screen.focus());
const skipMenu = bindSkipMenu(mat, (reason) => session.skip(reason));
const comment = bindComment(mat, (text) => session.mark("comment", text));
const view = new Flyout(byId("review-view"), mat);
const drawer = new Drawer(
  {
    past: () => session.past(),
    takeBack: (past) => session.takeBack(past),
    remarks: api.remarks,
    removeRemark: api.removeRemark,
    pageOf: (image) => `/projects/${data.project}/images/${image}/`,
    person: data.username,
  },
  () => screen.focus(),
);
const commands: Commands = {
  get task() {
    return session.task;
  },
  decide: (decision) => session.decide(decision),
  choose: (name) => {
    search.use(name);
    session.choose(name);
  },
  reason: (index) => screen.reason(index),
  search: () => search.open(),
  skip: () => {
    if (session.hasTask) skipMenu.open();
  },
  takeBack: () => void session.takeBackLast(),
  history: () => void drawer.open(),
  move: (by) => session.move(by),
  mark: (kind) => {
    if (kind !== "comment") session.mark(kind);
    else if (session.hasTask) comment.open();
  },
  zoom: (direction) => viewer.zoom(direction),
  pan: (x, y) => viewer.pan(x, y),
  light: (what, direction) => viewer.light(what, direction),
  invert: () => viewer.invert(),
  view: () => view.open(),
  resetView: () => viewer.reset(),
};
const names = data.classes.map(({ name }) => name);
const keymap = bindKeymap(reviewActions(names, commands), {
  keys: data.keys,
  save: async (keys) => {
    await apiPut("me/keys/", { keys });
  },
});
const tab = new SoleTab(new BroadcastChannel(`assay-review:${data.project}:${data.person}`), {
  left: () => session.leave(),
  cameBack: () => void session.comeBack(),
});
bindFilter(data.project);

// A button that was clicked must not keep the focus, or Space would press it again.
byId("review").addEventListener("mousedown", (event) => {
  const button = event.target instanceof Element && event.target.closest("button[data-action]");
  if (button) event.preventDefault();
});
document.addEventListener("visibilitychange", () => session.visible(!document.hidden));
addEventListener("online", () => void session.online());
addEventListener("offline", () => session.offline());
mindLeaving(data.project, session, tab);
connectPageEvents((event) => session.heard(event));
void session.start();
