/** Line charts with bands for intervals, drawn at most four times a second, and as tables. */
import uPlot from "uplot";
import { ChartTable, cell } from "./chart_table";
import { colour } from "./colours";
import { el, throttle } from "./dom";
import { onThemeChange } from "./theme";

export interface Line {
  title: string;
  /** A token such as "real-line". */
  tone: string;
  values: (number | null)[];
  /** The 95% interval, drawn as a band. */
  low?: (number | null)[];
  high?: (number | null)[];
  isDashed?: boolean;
  hasPoints?: boolean;
}

/** A figure with its 95% interval. */
export interface Figure {
  value: number | null;
  low: number;
  high: number;
}

/** A line through one figure of each point, within the band of their intervals. */
export function intervalLine(
  title: string,
  tone: string,
  figures: readonly Figure[],
  isDashed = false,
): Line {
  return {
    title,
    tone,
    isDashed,
    hasPoints: true,
    values: figures.map(({ value }) => value),
    low: figures.map(({ low }) => low),
    high: figures.map(({ high }) => high),
  };
}

export interface ChartLook {
  /** What is drawn, with its unit: "Accuracy, percent of the images". */
  title: string;
  xTitle: string;
  format: (value: number) => string;
  height: number;
  /** Whole numbers on x with half a unit of room at both ends, as rounds have. */
  isCounted?: boolean;
  /** A line under the values that hover shows. */
  note?: (index: number) => string;
}

export class LineChart {
  private plot: uPlot | undefined;
  private x: number[] = [];
  private lines: Line[] = [];
  private readonly picture: HTMLElement;
  private readonly table: ChartTable;
  private readonly tip = el("div", { class: "chart-tip", hidden: true });
  private readonly redraw = throttle(250, () => this.drawNow());

  constructor(
    private readonly container: HTMLElement,
    private readonly look: ChartLook,
  ) {
    this.picture = el("div", { role: "img", "aria-label": `${look.title} by ${look.xTitle}` });
    this.table = new ChartTable(look);
    new ResizeObserver(() => this.plot?.setSize(this.size())).observe(container);
    onThemeChange(() => {
      this.forget();
      this.redraw();
    });
  }

  draw(x: number[], lines: Line[]): void {
    const alike = lines.map((line) => line.title).join() === this.lines.map((l) => l.title).join();
    if (!alike) this.forget();
    this.x = x;
    this.lines = lines;
    this.redraw();
  }

  private forget(): void {
    this.plot?.destroy();
    this.plot = undefined;
  }

  private drawNow(): void {
    const data = [this.x, ...this.lines.flatMap(columns)] as uPlot.AlignedData;
    this.table.show(this.x, this.lines);
    if (this.plot) {
      this.plot.setData(data);
      return;
    }
    this.picture.replaceChildren(this.tip);
    this.container.replaceChildren(this.picture, this.table.element);
    this.plot = new uPlot(this.options(), data, this.picture);
  }

  private size(): { width: number; height: number } {
    return { width: Math.max(120, this.container.clientWidth), height: this.look.height };
  }

  private options(): uPlot.Options {
    const axis = {
      stroke: colour("ink-3"),
      font: '12px "Inter Variable", sans-serif',
      labelFont: '12px "Inter Variable", sans-serif',
      labelSize: 16,
      labelGap: 0,
      grid: { stroke: colour("hairline"), width: 1 },
      ticks: { show: false },
    };
    const series: uPlot.Series[] = [{}];
    const bands: uPlot.Band[] = [];
    for (const line of this.lines) {
      series.push(lineSeries(line));
      if (!line.low || !line.high) continue;
      const edge = { stroke: "transparent", width: 0, points: { show: false } };
      series.push(edge, edge);
      bands.push({
        series: [series.length - 1, series.length - 2],
        fill: colour(line.tone, 0.16),
      });
    }
    return {
      ...this.size(),
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: false, ...(this.look.isCounted ? { range: countedRange } : {}) },
        y: { range: { min: { pad: 0.08, mode: 0 }, max: { pad: 0.08, mode: 0 } } },
      },
      axes: [
        { ...axis, label: this.look.xTitle, size: 24, ...(this.look.isCounted ? counted : {}) },
        {
          ...axis,
          size: 54,
          values: (_plot: uPlot, ticks: number[]) => ticks.map(this.look.format),
        },
      ],
      series,
      bands,
      hooks: {
        setCursor: [(plot) => this.showTip(plot)],
        draw: [(plot) => this.drawWhiskers(plot)],
      },
    };
  }

  /** The interval at each marked point: a band needs two points, a first round has one. */
  private drawWhiskers(plot: uPlot): void {
    const { ctx } = plot;
    ctx.save();
    ctx.lineWidth = 1.5 * devicePixelRatio;
    for (const line of this.lines.filter((line) => line.hasPoints)) {
      ctx.strokeStyle = colour(line.tone, 0.6);
      ctx.beginPath();
      this.x.forEach((x, index) => {
        const low = line.low?.[index];
        const high = line.high?.[index];
        if (typeof low !== "number" || typeof high !== "number") return;
        const left = plot.valToPos(x, "x", true);
        ctx.moveTo(left, plot.valToPos(low, "y", true));
        ctx.lineTo(left, plot.valToPos(high, "y", true));
      });
      ctx.stroke();
    }
    ctx.restore();
  }

  private showTip(plot: uPlot): void {
    const index = plot.cursor.idx;
    this.tip.hidden = index === null || index === undefined || (plot.cursor.left ?? -1) < 0;
    if (this.tip.hidden || index === null || index === undefined) return;
    const note = this.look.note?.(index);
    this.tip.replaceChildren(
      el("strong", {}, `${this.look.xTitle} ${this.x[index] ?? ""}`),
      ...tipRows(this.lines, index, this.look.format).map((row) => el("span", {}, row)),
      ...(note ? [el("span", { class: "muted" }, note)] : []),
    );
    const left = plot.valToPos(this.x[index] ?? 0, "x") + plot.bbox.left / devicePixelRatio;
    const room = this.container.clientWidth - this.tip.offsetWidth - 4;
    const aside = left + 14 > room ? left - this.tip.offsetWidth - 14 : left + 14;
    this.tip.style.translate = `${Math.max(0, Math.min(room, aside))}px 0`;
  }
}

/** What hover says of each line at an index: "mixed 81.2% (80.1% to 82.3%)". */
export function tipRows(
  lines: readonly Line[],
  index: number,
  format: (value: number) => string,
): string[] {
  return lines
    .filter((line) => typeof line.values[index] === "number")
    .map((line) => `${line.title} ${cell(line, index, format)}`);
}

function columns(line: Line): (number | null)[][] {
  return line.low && line.high ? [line.values, line.low, line.high] : [line.values];
}

function lineSeries(line: Line): uPlot.Series {
  return {
    stroke: colour(line.tone),
    width: 2,
    spanGaps: true,
    points: { show: line.hasPoints ?? false, size: 7, fill: colour("surface") },
    ...(line.isDashed ? { dash: [5, 4] } : {}),
  };
}

const counted = { incrs: [1, 2, 5, 10, 20, 50, 100] };
const countedRange = (_plot: uPlot, low: number, high: number): [number, number] => [
  low - 0.5,
  high + 0.5,
];
