import { expect, test } from "vitest";
import { cell, rowsShown } from "./chart_table";
import { percent } from "./format";

test("a cell holds the value with its interval, and a dash where there is none", () => {
  const line = { title: "mixed", tone: "ink", values: [0.8, null], low: [0.78], high: [0.82] };
  expect(cell(line, 0, percent)).toBe("80.0% (78.0% to 82.0%)");
  expect(cell(line, 1, percent)).toBe("–");
  expect(cell({ title: "loss", tone: "ink", values: [2] }, 0, String)).toBe("2");
});

test("a long table is thinned evenly and keeps its last row", () => {
  expect(rowsShown(3)).toEqual([0, 1, 2]);
  expect(rowsShown(10, 4)).toEqual([0, 3, 6, 9]);
  expect(rowsShown(11, 4)).toEqual([1, 4, 7, 10]);
  expect(rowsShown(0)).toEqual([]);
});
