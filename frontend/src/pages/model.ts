/** One training run: its curves, growing while it runs. */
import type { Curve } from "../lib/curve";
import { CurveView } from "../lib/curves";
import { byId, pageData } from "../lib/dom";
import { afterRefresh, refreshOnEvents } from "../lib/refresh";

interface Data {
  training_run: number;
  curve: Curve;
}

const { training_run: run, curve } = pageData<Data>();
const view = new CurveView(byId("curve"), run, curve, 240);
refreshOnEvents((event) => view.take(event));
afterRefresh(() => view.show(run, pageData<Data>().curve));
