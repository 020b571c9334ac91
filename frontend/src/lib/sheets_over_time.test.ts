import { expect, test } from "vitest";
import { SheetsOverTime } from "./sheets_over_time";

const sheets = [100, 200, 300].map((step) => ({ step, url: `/${step}.png` }));

test("the newest sheet is looked at until somebody picks another", () => {
  const time = new SheetsOverTime(sheets);
  expect(time.words).toBe("after step 300, the newest");
  time.pick(0);
  expect([time.sheet?.url, time.words]).toEqual(["/100.png", "after step 100"]);
});

test("a picked sheet stays while newer ones come; the last place follows them", () => {
  const time = new SheetsOverTime(sheets.slice(0, 2));
  time.pick(0);
  time.renew(sheets);
  expect([time.index, time.sheet?.step]).toEqual([0, 100]);
  time.pick(2);
  time.renew([...sheets, { step: 400, url: "/400.png" }]);
  expect(time.sheet?.step).toBe(400);
});

test("a sheet that is gone leaves the newest, and no sheets leave nothing", () => {
  const time = new SheetsOverTime(sheets);
  time.pick(1);
  time.renew(sheets.slice(2));
  expect(time.index).toBe(0);
  time.renew([]);
  expect([time.index, time.sheet, time.words]).toEqual([-1, undefined, ""]);
});
