/** The form that has images fetched by their addresses. */
import { listBody, listQuery } from "../lib/addresses";
import { apiPost } from "../lib/api";
import { byId, el } from "../lib/dom";

export function bindAddresses(form: HTMLFormElement): void {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const place = byId("address-report");
    const said = new FormData(form);
    const query = listQuery(String(said.get("class")), String(said.get("split")));
    const file = byId<HTMLInputElement>("address-file").files?.[0];
    try {
      const body = await listBody(file, String(said.get("lines") ?? ""));
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
