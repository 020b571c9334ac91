/** Realism tests over time: which share of fakes was taken for real. */
import { type Figure, intervalLine, LineChart } from "../lib/charts";
import { byId, pageData } from "../lib/dom";
import { percent } from "../lib/format";
import { afterRefresh, refreshOnEvents } from "../lib/refresh";

interface Share extends Figure {
  count: number;
  of: number;
}

interface Point {
  test: number;
  batch: number;
  generator: number | null;
  fooled: Share;
  errors: Share;
}

let points: Point[] = [];
let chart: LineChart | undefined;

function draw(): void {
  points = pageData<{ points: Point[] }>().points;
  if (!points.length) return;
  chart ??= new LineChart(byId("realism-chart"), {
    title: "Fakes taken for real, per cent of the looks",
    xTitle: "test",
    height: 240,
    isCounted: true,
    format: (value) => percent(value, 0),
    note: (index) => describe(points[index]),
  });
  chart.draw(
    points.map(({ test }) => test),
    [
      intervalLine(
        "wrong in all",
        "control-line",
        points.map(({ errors }) => errors),
        true,
      ),
      intervalLine(
        "fakes taken for real",
        "synthetic-line",
        points.map(({ fooled }) => fooled),
      ),
    ],
  );
}

function describe(point: Point | undefined): string {
  if (!point) return "";
  const { batch, generator, errors } = point;
  return `batch ${batch}${generator === null ? "" : `, generator ${generator}`}: ${errors.of} looks`;
}

draw();
afterRefresh(draw);
refreshOnEvents();
