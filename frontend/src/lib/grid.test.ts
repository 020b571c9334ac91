import { expect, test } from "vitest";
import { columnsOf, neighbourOf } from "./grid";

test("columns are counted from the tiles' places", () => {
  expect(columnsOf([10, 10, 10, 90, 90])).toBe(3);
  expect(columnsOf([10, 10])).toBe(2);
  expect(columnsOf([])).toBe(1);
});

test("arrows move by one or by a row and stop at the edges", () => {
  expect(neighbourOf(4, "ArrowLeft", 8, 3)).toBe(3);
  expect(neighbourOf(4, "ArrowDown", 8, 3)).toBe(7);
  expect(neighbourOf(4, "ArrowUp", 8, 3)).toBe(1);
  expect(neighbourOf(0, "ArrowUp", 8, 3)).toBe(0);
  expect(neighbourOf(7, "ArrowRight", 8, 3)).toBe(7);
  expect(neighbourOf(6, "ArrowDown", 8, 3)).toBe(6);
});

test("the first arrow enters the grid at its first tile", () => {
  expect(neighbourOf(-1, "ArrowDown", 8, 3)).toBe(0);
});
