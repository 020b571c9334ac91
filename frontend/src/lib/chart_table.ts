/** A chart's values as a table, for those who do not see it and those who want the numbers. */
import type { ChartLook, Line } from "./charts";
import { el } from "./dom";

const MOST_ROWS = 60;

/** At most so many of the indices below `count`, evenly; the last is among them. */
export function rowsShown(count: number, most = MOST_ROWS): number[] {
  const every = Math.max(1, Math.ceil(count / most));
  return Array.from({ length: count }, (_, index) => index).filter(
    (index) => (count - 1 - index) % every === 0,
  );
}

/** A value with its interval: "81.2% (80.1% to 82.3%)"; a dash where there is none. */
export function cell(line: Line, index: number, format: (value: number) => string): string {
  const value = line.values[index];
  if (value === null || value === undefined) return "–";
  const low = line.low?.[index];
  const high = line.high?.[index];
  const isKnown = typeof low === "number" && typeof high === "number";
  return isKnown ? `${format(value)} (${format(low)} to ${format(high)})` : format(value);
}

export class ChartTable {
  readonly element: HTMLDetailsElement;
  private readonly table = el("table", { class: "table" });
  private x: readonly number[] = [];
  private lines: readonly Line[] = [];

  constructor(private readonly look: ChartLook) {
    const summary = el(
      "summary",
      {},
      "As a table",
      el("span", { class: "visually-hidden" }, `: ${look.title} by ${look.xTitle}`),
    );
    this.element = el(
      "details",
      { class: "chart-table" },
      summary,
      el("div", { class: "table-wrap" }, this.table),
    );
    this.element.addEventListener("toggle", () => this.fill());
  }

  show(x: readonly number[], lines: readonly Line[]): void {
    this.x = x;
    this.lines = lines;
    this.fill();
  }

  /** Nobody reads a closed table. */
  private fill(): void {
    if (!this.element.open) return;
    const { title, xTitle, format, note } = this.look;
    const rows = rowsShown(this.x.length);
    const left = this.x.length - rows.length;
    const heads = [xTitle, ...this.lines.map((line) => line.title), ...(note ? ["of"] : [])];
    this.table.replaceChildren(
      el("caption", {}, left ? `${title}; ${left} of ${this.x.length} points are left out` : title),
      el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el(
        "tbody",
        {},
        ...rows.map((index) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, String(this.x[index] ?? "")),
            ...this.lines.map((line) => el("td", {}, cell(line, index, format))),
            ...(note ? [el("td", {}, note(index))] : []),
          ),
        ),
      ),
    );
  }
}
