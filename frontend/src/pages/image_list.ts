/** The grid: arrow keys over the tiles, and files sent from here. */
import { listBody, listQuery } from "../lib/addresses";
import { apiPost } from "../lib/api";
import { byId, el } from "../lib/dom";
import { type Arrow, columnsOf, neighbourOf } from "../lib/grid";
import { bindKeymap } from "../lib/keymap";
import { follow } from "../lib/links";
import { batchesOf, inWords, type Report, together, uploadForm } from "../lib/upload";

const NAMED_AT_MOST = 8;

function move(arrow: Arrow): void {
  const tiles = [...document.querySelectorAll<HTMLElement>(".image-grid > .tile")];
  const here = tiles.indexOf(document.activeElement as HTMLElement);
  const columns = columnsOf(tiles.map((tile) => tile.offsetTop));
  tiles[neighbourOf(here, arrow, tiles.length, columns)]?.focus();
}

bindKeymap([
  { id: "left", keys: ["ArrowLeft"], title: "Image to the left", run: () => move("ArrowLeft") },
  { id: "right", keys: ["ArrowRight"], title: "Image to the right", run: () => move("ArrowRight") },
  { id: "up", keys: ["ArrowUp"], title: "Image above", run: () => move("ArrowUp") },
  { id: "down", keys: ["ArrowDown"], title: "Image below", run: () => move("ArrowDown") },
  { id: "newer", keys: ["p"], title: "Newer page", run: () => follow(".pager a[rel=prev]") },
  { id: "older", keys: ["n"], title: "Older page", run: () => follow(".pager a[rel=next]") },
]);

function bindUpload(dialog: HTMLDialogElement): void {
  const form = byId<HTMLFormElement>("upload-form");
  const input = byId<HTMLInputElement>("upload-files");
  const close = byId<HTMLButtonElement>("upload-close");
  let sent = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const send = form.querySelector<HTMLButtonElement>("button:not([type])");
    if (send) send.disabled = true;
    sent = (await upload(form, [...(input.files ?? [])])) || sent;
    if (send) send.disabled = false;
    form.reset();
  });
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    if (sent) location.reload();
  });
  bindDrop(dialog, input);
  bindAddresses(form, byId<HTMLFormElement>("address-form"));
}

/** Sends a list of addresses; `choices` is the form whose class and split hold for it. */
function bindAddresses(choices: HTMLFormElement, form: HTMLFormElement): void {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const place = byId("address-report");
    const chosen = new FormData(choices);
    const query = listQuery(String(chosen.get("class")), String(chosen.get("split")));
    const body = await listBody(byId<HTMLInputElement>("address-file").files?.[0], linesOf(form));
    try {
      const job = await apiPost<{ id: string; title: string }>(form.dataset.address + query, body);
      const link = el("a", { href: `${form.dataset.jobs}${job.id}/` }, job.title);
      place.replaceChildren(el("p", {}, link, ": asked for; the images come as they arrive."));
      form.reset();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      place.replaceChildren(el("p", { class: "field-error" }, message));
    }
  });
}

const linesOf = (form: HTMLFormElement): string => String(new FormData(form).get("lines") ?? "");

/** Sends the files in batches and says what became of them. Whether anything arrived. */
async function upload(form: HTMLFormElement, files: File[]): Promise<boolean> {
  const choices = new FormData(form);
  const progress = byId<HTMLProgressElement>("upload-progress");
  const place = byId("upload-report");
  let report: Report = { accepted: [], duplicates: [], refused: [] };
  let done = 0;
  progress.hidden = false;
  try {
    for (const batch of batchesOf(files)) {
      progress.value = done / files.length;
      const body = uploadForm(batch, String(choices.get("class")), String(choices.get("split")));
      report = together(report, await apiPost<Report>(form.dataset.address ?? "", body));
      done += batch.length;
    }
    place.replaceChildren(...told(report));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    place.replaceChildren(
      el("p", { class: "field-error" }, `${message} ${files.length - done} files were not sent.`),
      ...told(report),
    );
  }
  progress.hidden = true;
  return done > 0;
}

function told(report: Report): HTMLElement[] {
  const named = report.refused.slice(0, NAMED_AT_MOST);
  const rest = report.refused.length - named.length;
  const lines = named.map(({ name, detail }) => el("li", {}, el("strong", {}, name), ` ${detail}`));
  if (rest) lines.push(el("li", {}, `and ${rest} more, all named among the refused files.`));
  return [el("p", {}, inWords(report)), el("ul", { class: "upload-refused" }, ...lines)];
}

/** Files dropped anywhere on the page open the dialog with them chosen. */
function bindDrop(dialog: HTMLDialogElement, input: HTMLInputElement): void {
  const carries = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.add("image-drop");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("image-drop");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("image-drop");
    if (!carries(event) || !event.dataTransfer) return;
    event.preventDefault();
    input.files = event.dataTransfer.files;
    if (!dialog.open) dialog.showModal();
  });
}

const dialog = document.querySelector<HTMLDialogElement>("#upload");
if (dialog) bindUpload(dialog);
