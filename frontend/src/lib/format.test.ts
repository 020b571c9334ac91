import { expect, test } from "vitest";
import { ago, count, duration, figure, percent, points } from "./format";

test("numbers read as people write them", () => {
  expect(count(12345)).toBe("12,345");
  expect(percent(0.8126)).toBe("81.3%");
  expect(points(0.0131)).toBe("+1.3 points");
  expect(points(-0.02)).toBe("−2.0 points");
  expect(figure(0.123456)).toBe("0.1235");
  expect(figure(2)).toBe("2");
});

test("durations and ages take the largest units that matter", () => {
  expect(duration(59.4)).toBe("59 s");
  expect(duration(75)).toBe("1 min 15 s");
  expect(duration(3720)).toBe("1 h 2 min");
  const now = new Date("2026-01-02T00:00:00Z");
  expect(ago(new Date("2026-01-01T23:59:58Z"), now)).toBe("now");
  expect(ago(new Date("2026-01-01T23:00:00Z"), now)).toBe("1 h ago");
  expect(ago(new Date("2025-12-31T00:00:00Z"), now)).toBe("2 d ago");
});
