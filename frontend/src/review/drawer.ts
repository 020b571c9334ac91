/** The drawer of one's last decisions, each to be taken back, and of what was remarked. */
import { byId, el, icon } from "../lib/dom";
import { ago } from "../lib/format";
import type { Past } from "./past";
import type { Picture, Remark } from "./tasks";

export interface DrawerSource {
  past(): Promise<{ decisions: Past[]; isWhole: boolean }>;
  takeBack(past: Past): void;
  remarks(): Promise<Remark[]>;
  removeRemark(id: number): Promise<void>;
  /** The page of an image. */
  pageOf(image: number): string;
  /** The person's own name. */
  person: string;
}

export class Drawer {
  private readonly dialog = byId<HTMLDialogElement>("review-drawer");
  private readonly decisions = byId("review-past");
  private readonly remarks = byId("review-remarks");

  constructor(
    private readonly source: DrawerSource,
    private readonly closed: () => void,
  ) {
    this.dialog.addEventListener("close", () => this.closed());
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  async open(): Promise<void> {
    this.decisions.replaceChildren(line("Looking …"));
    this.remarks.replaceChildren();
    this.dialog.showModal();
    await Promise.all([this.drawDecisions(), this.drawRemarks()]);
  }

  private async drawDecisions(): Promise<void> {
    const { decisions, isWhole } = await this.source.past();
    const rows = decisions.map((past) => {
      const take = el(
        "button",
        { type: "button", class: "button", "aria-label": `Take back: ${past.words}` },
        icon("undo-2"),
        "Take back",
      );
      take.addEventListener("click", () => {
        this.dialog.close();
        this.source.takeBack(past);
      });
      return row(past.image, past.words, ago(past.at), take);
    });
    const lines: HTMLElement[] = rows.length ? [el("ol", { class: "past-list" }, ...rows)] : [];
    if (!isWhole) lines.unshift(line("Offline: only what was decided on this page."));
    else if (!rows.length) lines.push(line("Nothing decided yet."));
    this.decisions.replaceChildren(...lines);
  }

  private async drawRemarks(): Promise<void> {
    let remarks: Remark[] = [];
    try {
      remarks = await this.source.remarks();
    } catch {
      return;
    }
    const rows = remarks.map((remark) => this.remarkRow(remark));
    this.remarks.replaceChildren(
      rows.length ? el("ul", { class: "past-list" }, ...rows) : line("None yet."),
    );
  }

  private remarkRow(remark: Remark): HTMLElement {
    const isMine = remark.person === this.source.person;
    const name = { flag: "Flag", comment: "Comment", bookmark: "Bookmark" }[remark.kind];
    const words = remark.text ? `${name}: ${remark.text}` : name;
    const what = isMine ? "Remove" : "Looked at";
    const away = el(
      "button",
      { type: "button", class: "button", "aria-label": `${what}: ${words}` },
      what,
    );
    const item = row(
      remark.image,
      words,
      `${isMine ? "you" : remark.person}, ${ago(new Date(remark.at))}`,
      away,
      remark.image.id === null ? undefined : this.source.pageOf(remark.image.id),
    );
    away.addEventListener("click", async () => {
      away.disabled = true;
      try {
        await this.source.removeRemark(remark.id);
        const next = item.nextElementSibling ?? item.previousElementSibling;
        item.remove();
        (next?.querySelector("button") ?? this.dialog.querySelector("button"))?.focus();
      } catch (error) {
        away.disabled = false;
        item.querySelector("small")?.replaceChildren(String((error as Error).message));
      }
    });
    return item;
  }
}

function row(
  image: Picture,
  words: string,
  when: string,
  button: HTMLElement,
  page?: string,
): HTMLElement {
  const picture = el("img", { src: image.thumbnail_url, alt: "", loading: "lazy" });
  const shown = page ? el("a", { href: page, "aria-label": "The image's page" }, picture) : picture;
  const said = el("div", {}, el("p", {}, words), el("small", { class: "muted" }, when));
  return el("li", {}, shown, said, button);
}

function line(words: string): HTMLElement {
  return el("p", { class: "muted" }, words);
}
