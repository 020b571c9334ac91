import { expect, test } from "vitest";
import { pace, Stopwatch } from "./pace";

test("the pace is the usual gap's, whatever the breaks", () => {
  expect(pace([])).toBeNull();
  expect(pace([0])).toBeNull();
  expect(pace([0, 2000, 4000, 600_000, 602_000])).toBe(30);
});

test("only the last decisions count", () => {
  const slow = Array.from({ length: 50 }, (_, index) => index * 60_000);
  const quick = Array.from({ length: 21 }, (_, index) => 3_000_000 + index * 1000);
  expect(pace([...slow, ...quick])).toBe(60);
});

test("looking stands still while the page is hidden", () => {
  let now = 0;
  const watch = new Stopwatch(() => now);
  watch.restart();
  now = 1500;
  watch.pause();
  now = 60_000;
  watch.resume();
  watch.resume();
  now = 60_250;
  expect(watch.seconds).toBe(1.75);
  watch.restart();
  expect(watch.seconds).toBe(0);
});
