/** The overview: two charts and the running job, kept new by the event log. */
import { type Figure, intervalLine, LineChart } from "../lib/charts";
import type { Curve } from "../lib/curve";
import { CurveView } from "../lib/curves";
import { byId, pageData } from "../lib/dom";
import type { ProjectEvent } from "../lib/events";
import { count, percent } from "../lib/format";
import { afterRefresh, refreshOnEvents } from "../lib/refresh";

interface Point {
  round: number;
  annotated: number;
  split: string;
  seeds: number;
  images: number;
  real_only: Figure;
  mixed: Figure;
}

interface Data {
  points: Point[];
  curve: (Curve & { training_run: number }) | null;
}

let points: Point[] = [];
let accuracy: LineChart | undefined;
let curve: CurveView | undefined;

function draw(): void {
  const data = pageData<Data>();
  drawAccuracy(data.points);
  if (data.curve) {
    const { training_run: run } = data.curve;
    if (curve) curve.show(run, data.curve);
    else curve = new CurveView(byId("curve"), run, data.curve, 136, 1);
  }
  byId("curve").hidden = !data.curve;
}

function drawAccuracy(newest: Point[]): void {
  points = newest;
  const place = byId("accuracy");
  place.dataset.points = String(points.length);
  if (points.length === 0) return;
  accuracy ??= new LineChart(place, {
    title: "Accuracy, percent of the images",
    xTitle: "round",
    height: 214,
    isCounted: true,
    format: (value) => percent(value),
    note: (index) => describe(points[index]),
  });
  accuracy.draw(
    points.map((point) => point.round),
    [
      intervalLine(
        "real only",
        "control-line",
        points.map((point) => point.real_only),
        true,
      ),
      intervalLine(
        "best mix",
        "synthetic-line",
        points.map(({ mixed }) => mixed),
      ),
    ],
  );
}

function describe(point: Point | undefined): string {
  if (!point) return "";
  return `on ${point.split}: ${count(point.images)} images, ${point.seeds} seeds; ${count(point.annotated)} annotated`;
}

/** The current job's bar and words move with each event; the rest waits for the server. */
function showProgress(event: ProjectEvent): void {
  curve?.take(event);
  const box = document.getElementById("job");
  if (box?.dataset.job !== event.payload.job) return;
  const bar = box?.querySelector("progress");
  if (bar) bar.value = Number(event.payload.progress);
  const words = box?.querySelector(".job-message");
  if (words) words.textContent = String(event.payload.message);
}

draw();
afterRefresh(draw);
refreshOnEvents(showProgress);
