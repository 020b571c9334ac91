/** The sheet on the page: tiles, their marks, the tile under the cursor large, the last sheet small. */
import { byId, el, icon, toast } from "../lib/dom";
import { count } from "../lib/format";
import { columnsOf } from "../lib/grid";
import { isSmall } from "./fit";
import type { Pictures } from "./pictures";
import { MARKS, type PassedTile, type Sheets, type Tile } from "./sheets";
import { VERDICTS, verdictButton } from "./verdicts";

export interface TriageProgress {
  /** Tiles in this person's hand. */
  left: number;
  /** Decided on this page. */
  mine: number;
  /** Decisions a minute. */
  pace: number | null;
  /** Decisions that the server has not confirmed. */
  waiting: number;
  problem: string;
}

export class TriageScreen {
  private readonly root = byId("sheet");
  private readonly grid = byId("sheet-grid");
  private readonly question = byId("sheet-question");
  private readonly large = byId("sheet-large");
  private readonly last = byId("sheet-last");
  /** Of the class whose exemplars are shown. */
  private exemplarsOf: string | null = null;

  constructor(
    private readonly pictures: Pictures,
    /** Draws what images of a class look like, where there are any. */
    private readonly exemplars: (name: string | null) => void,
  ) {
    byId("sheet-marks").replaceChildren(...MARKS.map(verdictButton));
  }

  /** How many tiles stand in a row. */
  get columns(): number {
    return columnsOf([...this.grid.children].map((tile) => (tile as HTMLElement).offsetTop));
  }

  /** A new sheet. */
  show(sheets: Sheets): void {
    const sheet = sheets.current;
    if (!sheet) return;
    this.root.dataset.class = sheet.name ?? "";
    this.root.toggleAttribute("data-ready", false);
    this.tiles(sheets);
    const made = sheet.name ? `, made as ${sheet.name}` : "";
    set("sheet-spoken", `A sheet of ${count(sheet.tiles.length)}${made}.`);
    if (this.exemplarsOf !== sheet.name) {
      this.exemplarsOf = sheet.name;
      this.exemplars(sheet.name);
    }
    if (document.activeElement === document.body) this.grid.focus({ preventScroll: true });
  }

  /** All its pictures are there: it can be passed. */
  ready(): void {
    this.root.toggleAttribute("data-ready", true);
  }

  /** The tiles of the sheet that is shown, anew. */
  tiles(sheets: Sheets): void {
    const tiles = sheets.current?.tiles ?? [];
    this.root.dataset.tiles = String(tiles.length);
    this.grid.hidden = false;
    byId("sheet-empty").hidden = true;
    this.grid.replaceChildren(...tiles.map((tile, index) => this.tile(tile, index, tiles.length)));
    this.drawLast(sheets.last);
    this.marks(sheets);
  }

  /** The marks and the cursor, on tiles that stay. */
  marks(sheets: Sheets): void {
    const tiles = sheets.current?.tiles ?? [];
    for (const [index, tile] of tiles.entries()) {
      const place = this.grid.children[index] as HTMLElement | undefined;
      if (place) dress(place, tile, index, tiles.length, index === sheets.cursor);
    }
    const pointed = this.grid.children[sheets.cursor];
    this.grid.setAttribute("aria-activedescendant", pointed?.id ?? "");
    pointed?.scrollIntoView({ block: "nearest" });
    this.question.replaceChildren(
      el("span", { class: "badge tone-synthetic" }, icon("diamond"), "synthetic"),
      el("h1", {}, ...this.words(sheets)),
    );
    const rest = tiles.length - sheets.marked;
    byId("sheet-pass").textContent = sheets.marked
      ? `Pass ${rest}, refuse ${sheets.marked}`
      : `Pass all ${rest}`;
    for (const button of byId("sheet-marks").children) {
      const isOn = sheets.pointed?.mark === (button as HTMLElement).dataset.action;
      button.setAttribute("aria-pressed", String(isOn));
    }
    this.drawLarge(sheets.pointed);
  }

  /** The work goes on in another tab. */
  away(): void {
    this.empty(
      "You are at it in another tab",
      "Holds are yours and not a tab's: one works at a time.",
    );
    byId("sheet-here").hidden = false;
  }

  empty(title: string, text: string): void {
    byId("sheet-here").hidden = true;
    this.root.dataset.tiles = "0";
    this.root.dataset.class = "";
    this.root.toggleAttribute("data-ready", false);
    this.grid.replaceChildren();
    this.grid.hidden = true;
    this.question.replaceChildren();
    this.large.replaceChildren();
    byId("sheet-empty").hidden = false;
    byId("sheet-empty-title").textContent = title;
    byId("sheet-empty-text").textContent = text;
    this.say(title);
  }

  progress(now: TriageProgress): void {
    this.root.dataset.outbox = String(now.waiting);
    set("sheet-left", now.left ? `${count(now.left)} in your hand` : "");
    const pace = now.pace === null ? "" : ` · ${Math.round(now.pace)} a minute`;
    set("sheet-pace", now.mine > 0 ? `${count(now.mine)} by you${pace}` : "");
    const saved = byId("sheet-saved");
    saved.dataset.state = now.problem ? "problem" : now.waiting ? "waiting" : "saved";
    const waiting = `${count(now.waiting)} waiting${now.problem ? ", trying again" : ""}`;
    set("sheet-saved", now.waiting ? waiting : now.mine > 0 ? "Saved" : "");
    saved.title = now.problem;
  }

  /** A word in passing. */
  say(words: string): void {
    set("sheet-said", words);
  }

  warn(message: string): void {
    toast(message, "bad");
  }

  private words(sheets: Sheets): (Node | string)[] {
    const name = sheets.current?.name;
    return name
      ? ["Made as ", el("strong", {}, name), ". Which are bad?"]
      : ["Which of these are bad?"];
  }

  private tile({ task }: Tile, index: number, of: number): HTMLElement {
    const place = el("div", { class: "sheet-tile", role: "option", id: `tile-${index}` });
    place.dataset.index = String(index);
    place.dataset.task = String(task.id);
    place.append(this.picture(task.image.thumbnail_url), el("span", { class: "sheet-mark" }));
    dress(place, { task, mark: null }, index, of, false);
    return place;
  }

  /** An element for the picture; its decoded bytes are at hand already, or come soon. */
  private picture(url: string): HTMLImageElement {
    const picture = el("img", { src: url, alt: "", draggable: false, decoding: "sync" });
    const dressUp = () => picture.classList.toggle("is-small", isSmall(picture));
    if (picture.complete) dressUp();
    else picture.addEventListener("load", dressUp);
    this.pictures.prepare([url]);
    return picture;
  }

  private drawLarge(tile: Tile | undefined): void {
    const url = tile?.task.image.url;
    if (!url) {
      this.large.replaceChildren();
    } else if (this.large.dataset.url !== url) {
      this.large.replaceChildren(this.picture(url));
    }
    this.large.dataset.url = url ?? "";
  }

  private drawLast(tiles: readonly PassedTile[]): void {
    byId("sheet-last-part").hidden = tiles.length === 0;
    this.last.replaceChildren(
      ...tiles.map((tile) => {
        const verdict = tile.mark ? VERDICTS[tile.mark].name : "passed";
        const words = `${verdict}: take back`;
        const button = el("button", {
          type: "button",
          class: "sheet-last-tile",
          title: words,
          "aria-label": words,
        });
        button.dataset.takeBack = String(tile.task.id);
        button.toggleAttribute("data-marked", tile.mark !== null);
        button.append(this.picture(tile.task.image.thumbnail_url));
        if (tile.mark) button.append(icon("x"));
        return button;
      }),
    );
  }
}

function dress(place: HTMLElement, { mark }: Tile, index: number, of: number, isAt: boolean): void {
  const record = mark ? VERDICTS[mark] : undefined;
  place.setAttribute("aria-selected", String(mark !== null));
  const said = record ? record.name.toLowerCase() : "not marked";
  place.setAttribute("aria-label", `Image ${index + 1} of ${of}, ${said}`);
  place.toggleAttribute("data-at", isAt);
  if (place.dataset.mark === (mark ?? "")) return;
  place.dataset.mark = mark ?? "";
  place
    .querySelector(".sheet-mark")
    ?.replaceChildren(...(record ? [icon(record.icon), record.name] : []));
}

function set(id: string, text: string): void {
  const element = byId(id);
  if (element.textContent !== text) element.textContent = text;
}
