/** Adding images: pick, choose, send, and have them taken in. */
import { byId } from "../lib/dom";
import { bytes, count } from "../lib/format";
import { bindAddresses } from "../uploads/address_form";
import { titleOf } from "../uploads/ledger";
import { begun, knownOf, opened, pathFor } from "../uploads/opening";
import { parcelsOf } from "../uploads/parcels";
import { bindPicker } from "../uploads/picker";
import type { Picked } from "../uploads/picking";
import { rowsOf, Sender } from "../uploads/sender";
import { SendingView } from "../uploads/sending_view";

const page = byId("import-page");
const { calls = "", address = "", page: list = "" } = page.dataset;
const form = byId<HTMLFormElement>("import-form");
const problem = byId("import-problem");
const view = new SendingView();
let picked: Picked[] = [];
let number = Number(page.dataset.import ?? 0);
let sender: Sender | undefined;
let leaving = false;
let lineLost = false;

function showPicked(): void {
  const size = picked.reduce((sum, { file }) => sum + file.size, 0);
  const files = picked.length === 1 ? "1 file" : `${count(picked.length)} files`;
  byId("import-picked").textContent = picked.length
    ? `${files}, ${bytes(size)}`
    : "Nothing is picked yet.";
  byId<HTMLButtonElement>("import-send").disabled = !picked.length;
  byId("import-clear").hidden = !picked.length;
  if (picked.length) view.say(`${files} picked.`);
}

/** Adds to what was picked; a file that comes again replaces itself. */
function add(more: Picked[]): void {
  if (sender) return;
  const byPath = new Map([...picked, ...more].map((one) => [one.path, one]));
  picked = [...byPath.values()].sort((one, other) => (one.path < other.path ? -1 : 1));
  showPicked();
}

async function send(): Promise<void> {
  const said = new FormData(form);
  const choices = {
    layout: String(said.get("layout") ?? ""),
    split: String(said.get("split") ?? ""),
  };
  const known = number ? await knownOf(calls, number) : [];
  if (!number) {
    number = await opened(calls, titleOf(picked), choices);
    history.replaceState(
      null,
      "",
      `?import=${number}&layout=${encodeURIComponent(choices.layout)}`,
    );
  }
  const layout = new URLSearchParams(location.search).get("layout") ?? "";
  const parcels = parcelsOf(picked.map((one) => ({ ...one, path: pathFor(one.path, layout) })));
  const rows = rowsOf(parcels);
  sender = new Sender(`${address}${number}/uploads/`, parcels, known, changed);
  form.hidden = true;
  byId("import-drop").hidden = true;
  view.show(rows);
  sender.go();
}

/** Draws what changed, and goes on to the taking in once everything is through. */
function changed(): void {
  if (!sender) return;
  view.draw();
  const failed = sender.failures > 0;
  byId("import-pause").hidden = sender.isPaused || sender.isThrough;
  byId("import-resume").hidden = !sender.isPaused;
  byId("import-retry").hidden = !(sender.isThrough && failed);
  byId("import-without").hidden = !(sender.isThrough && failed);
  if (sender.isThrough && failed) view.say(`${count(sender.failures)} uploads failed.`);
  if (sender.isThrough && !failed) void take();
}

async function take(): Promise<void> {
  if (leaving) return;
  leaving = true;
  view.say("Everything is sent; it is being taken in.");
  try {
    await begun(calls, number);
    location.assign(`${list}${number}/`);
  } catch (error) {
    leaving = false;
    complain(error);
  }
}

function complain(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  byId("import-sending").hidden = false;
  problem.textContent = message;
  problem.hidden = false;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  problem.hidden = true;
  byId<HTMLButtonElement>("import-send").disabled = true;
  send().catch((error) => {
    complain(error);
    showPicked();
  });
});
byId("import-clear").addEventListener("click", () => {
  picked = [];
  showPicked();
});
byId("import-pause").addEventListener("click", () => sender?.pause());
byId("import-resume").addEventListener("click", () => {
  view.restartPace();
  sender?.go();
});
byId("import-retry").addEventListener("click", () => sender?.retry());
byId("import-without").addEventListener("click", () => void take());
document.getElementById("import-begin-now")?.addEventListener("click", () => void take());
byId("import-cancel").addEventListener("click", () => {
  sender?.pause();
  leaving = true;
  location.assign(`${list}${number}/`);
});

addEventListener("offline", () => {
  if (!sender || sender.isThrough || sender.isPaused) return;
  lineLost = true;
  sender.pause();
  view.say("The connection is lost; sending goes on when it is back.");
});
addEventListener("online", () => {
  if (!lineLost) return;
  lineLost = false;
  view.restartPace();
  sender?.go();
});
addEventListener("beforeunload", (event) => {
  if (sender && !leaving && !sender.isThrough) event.preventDefault();
});

/** How much of an import that goes on is here already. */
async function showHere(): Promise<void> {
  const here = (await knownOf(calls, number)).reduce((sum, { received }) => sum + received, 0);
  byId("import-here").textContent = `${bytes(here)} are here.`;
}

if (number) showHere().catch(complain);
bindPicker(add, (found) => {
  byId("import-picked").textContent = `Looking through the folders: ${count(found)} files …`;
});
bindAddresses(byId<HTMLFormElement>("address-form"));
