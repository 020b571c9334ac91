/** One training run: its curves and its samples over time, growing while it runs. */
import type { Curve } from "../lib/curve";
import { CurveView } from "../lib/curves";
import { byId, pageData } from "../lib/dom";
import { afterRefresh, refreshOnEvents } from "../lib/refresh";
import { type Sheet, SheetsOverTime } from "../lib/sheets_over_time";

interface Data {
  training_run: number;
  curve: Curve;
  sheets: Sheet[];
}

const { training_run: run, curve, sheets } = pageData<Data>();
const view = new CurveView(byId("curve"), run, curve, 240);
const time = new SheetsOverTime(sheets);

/** The sheet that is looked at, its place on the slider, and both in words. */
function showSheet(): void {
  const slider = document.querySelector<HTMLInputElement>("#sheet-step");
  const picture = document.querySelector<HTMLImageElement>("#sheet");
  if (!slider || !picture || !time.sheet) return;
  slider.value = String(time.index);
  slider.setAttribute("aria-valuetext", time.words);
  picture.src = time.sheet.url;
  picture.alt = `Synthetic samples ${time.words}`;
  byId("sheet-words").textContent = time.words;
}

document.addEventListener("input", ({ target }) => {
  if (!(target instanceof HTMLInputElement) || target.id !== "sheet-step") return;
  time.pick(Number(target.value));
  showSheet();
});
refreshOnEvents((event) => view.take(event));
afterRefresh(() => {
  const data = pageData<Data>();
  view.show(run, data.curve);
  time.renew(data.sheets);
  showSheet();
});
showSheet();
