import { expect, test } from "vitest";
import { tipRows } from "./charts";
import { percent } from "./format";

test("hover tells each value with its interval, and nothing where there is none", () => {
  const lines = [
    { title: "mixed", tone: "synthetic-line", values: [0.8], low: [0.78], high: [0.82] },
    { title: "real only", tone: "control-line", values: [null] },
  ];
  expect(tipRows(lines, 0, percent)).toEqual(["mixed 80.0% (78.0% to 82.0%)"]);
});
