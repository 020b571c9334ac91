/** The frame around a project's pages: its menus, and the top line kept live by the event log. */
import { toast } from "./lib/dom";
import { connectPageEvents, type ProjectEvent } from "./lib/events";
import { announceEvents } from "./lib/speech";

export function bindFrame(): void {
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && leaveMenu()) event.preventDefault();
  });
  document.addEventListener("click", openDialog);
  if (!document.body.dataset.project) return;
  connectPageEvents(showJob);
  const region = document.getElementById("spoken");
  if (document.querySelector("[data-review]")) {
    connectPageEvents(tellOfPolicy);
    return;
  }
  connectPageEvents(tellOfAlarm);
  if (region) announceEvents(region);
}

/** A button with `data-opens="<id>"` opens that dialog. */
function openDialog({ target }: Event): void {
  const opener = target instanceof Element ? target.closest<HTMLElement>("[data-opens]") : null;
  const dialog = opener && document.getElementById(opener.dataset.opens ?? "");
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
}

/** Closes the open menu, if there is one; a focus within it goes back to what opened it. */
function leaveMenu(): boolean {
  const menu = document.querySelector<HTMLDetailsElement>("details.menu[open]");
  if (menu?.contains(document.activeElement)) menu.querySelector("summary")?.focus();
  closeMenus();
  return menu !== null;
}

function closeMenus(event?: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!(event?.target instanceof Node && menu.contains(event.target))) menu.open = false;
  }
}

/** Who reviews hears of their own work, not of the machine's; a new policy is about their work. */
function tellOfPolicy({ kind }: ProjectEvent): void {
  if (kind === "review.settings")
    toast("The review policy was changed; your next tasks follow it.");
}

/** An alarm is said wherever somebody is, as it may be time to stop; the model's own page has it. */
function tellOfAlarm({ kind, payload }: ProjectEvent): void {
  const run = payload.training_run;
  if (kind !== "training.alarm" || location.pathname.endsWith(`/models/${run}/`)) return;
  toast(`Alarm in generator ${run}: ${payload.message}`, "bad");
}

/** The running job and its progress, in the top line. */
function showJob({ kind, payload }: ProjectEvent): void {
  const line = document.querySelector<HTMLAnchorElement>("#top-job");
  if (!line || !kind.startsWith("job.")) return;
  const id = String(payload.job);
  if (payload.status === "running") {
    line.hidden = false;
    line.dataset.job = id;
    line.href = (line.dataset.address ?? "").replace("00000000-0000-0000-0000-000000000000", id);
    const title = line.querySelector(".top-job-title");
    if (title) title.textContent = String(payload.title);
    const bar = line.querySelector("progress");
    if (bar) bar.value = Number(payload.progress);
  } else if (line.dataset.job === id) {
    line.hidden = true;
  }
}
