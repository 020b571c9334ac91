/** The frame around a project's pages: its menus, and the top line kept live by the event log. */
import { connectPageEvents, type ProjectEvent } from "./lib/events";

export function bindFrame(): void {
  document.addEventListener("click", closeMenus);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus();
  });
  document.addEventListener("click", openDialog);
  if (document.body.dataset.project) connectPageEvents(showJob);
}

/** A button with `data-opens="<id>"` opens that dialog. */
function openDialog({ target }: Event): void {
  const opener = target instanceof Element ? target.closest<HTMLElement>("[data-opens]") : null;
  const dialog = opener && document.getElementById(opener.dataset.opens ?? "");
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
}

function closeMenus(event?: Event): void {
  for (const menu of document.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (!(event?.target instanceof Node && menu.contains(event.target))) menu.open = false;
  }
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
