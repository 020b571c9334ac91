/** A training run's curve on the page, growing as its job tells of new points. */
import { type Line, LineChart } from "./charts";
import { type Curve, ends, panels, seriesTitle, withPoint } from "./curve";
import { el } from "./dom";
import type { ProjectEvent } from "./events";
import { figure, percent } from "./format";

/** Curves have no meaning among real, synthetic and unsure: ink, told apart by dashes. */
const STYLES = [
  { tone: "ink-2", key: "legend-key tone-plain", isDashed: false },
  { tone: "control-line", key: "legend-key legend-dashed tone-control", isDashed: true },
] as const;
const styleOf = (index: number) => STYLES[index === 0 ? 0 : 1];

export class CurveView {
  private readonly charts = new Map<string, LineChart>();

  constructor(
    private readonly container: HTMLElement,
    private trainingRun: number,
    private curve: Curve,
    private readonly height: number,
    /** Where there is little room, only the first kinds of series are drawn. */
    private readonly mostPanels = Number.POSITIVE_INFINITY,
  ) {
    this.draw();
  }

  /** Another run's curve, or the same one's as the server has it. */
  show(trainingRun: number, curve: Curve): void {
    if (trainingRun !== this.trainingRun) {
      this.charts.clear();
      this.container.replaceChildren();
    }
    this.trainingRun = trainingRun;
    this.curve = curve;
    this.draw();
  }

  /** Takes in a `job.progress` event, if it is of this run. */
  take({ payload }: ProjectEvent): void {
    if (payload.training_run !== this.trainingRun) return;
    this.curve = withPoint(
      this.curve,
      Number(payload.step),
      (payload.values ?? {}) as Record<string, number>,
    );
    this.draw();
  }

  private draw(): void {
    this.container.dataset.points = String(this.curve.steps.length);
    if (this.curve.steps.length === 0) return;
    for (const { title, names, isShare } of panels(this.curve).slice(0, this.mostPanels)) {
      const lines = names.map((name, index) => ({
        title: seriesTitle(name),
        tone: styleOf(index).tone,
        isDashed: styleOf(index).isDashed,
        values: this.curve.series[name] ?? [],
        ...this.interval(name),
      }));
      this.chart(title, names, isShare).draw(this.curve.steps, lines);
    }
  }

  /** The series' intervals, where it has any: such moments are few, so each is marked. */
  private interval(name: string): Partial<Line> {
    const [low, high] = ends(name).map((end) => this.curve.series[end]);
    return low && high ? { low, high, hasPoints: true } : {};
  }

  private chart(title: string, names: string[], isShare: boolean): LineChart {
    const known = this.charts.get(title);
    if (known) return known;
    if (this.charts.size === 0) this.container.replaceChildren();
    const place = el("div", { class: "chart chart-small" });
    const legend = names.map((name, index) =>
      el("span", { class: styleOf(index).key }, seriesTitle(name)),
    );
    const measured = isShare ? `${title}, %` : title;
    const caption = el("figcaption", { class: "legend" }, measured, ...legend);
    this.container.append(el("figure", {}, caption, place));
    const chart = new LineChart(place, {
      title: measured,
      xTitle: "step",
      height: this.height,
      format: isShare ? (value) => percent(value, 0) : figure,
    });
    this.charts.set(title, chart);
    return chart;
  }
}
