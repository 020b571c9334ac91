import { expect, test } from "vitest";
import { bounded, filterOf, isPlain, lit, PLAIN, panned, transformOf, zoomed } from "./view";

const size = { width: 100, height: 50 };
const room = { width: 200, height: 200 };

test("what lies under the pointer stays there", () => {
  const view = zoomed(PLAIN, 3, { x: 40, y: -10 });
  const seen = (40 - view.x) / view.zoom;
  expect([view.zoom, seen]).toEqual([3, 40]);
  expect(zoomed(view, 1 / 3, { x: 40, y: -10 })).toEqual({ ...PLAIN, x: 0, y: 0 });
});

test("zooming ends at the fitted picture and at sixteen times", () => {
  expect(zoomed(PLAIN, 0.1).zoom).toBe(1);
  expect(zoomed(PLAIN, 1000).zoom).toBe(16);
});

test("a picture is moved no further than its edge, and not at all where all of it is seen", () => {
  expect(bounded(panned(PLAIN, { x: 50, y: 50 }), size, room)).toEqual(PLAIN);
  const large = bounded(panned(zoomed(PLAIN, 4), { x: 999, y: -999 }), size, room);
  expect([large.x, large.y]).toEqual([100, 0]);
});

test("light has bounds, and plain is plain", () => {
  expect(lit(PLAIN, { contrast: 100 }).contrast).toBe(4);
  expect(lit(PLAIN, { brightness: 0 }).brightness).toBe(0.25);
  expect(filterOf({ ...PLAIN, isInverted: true, contrast: 2 })).toBe("invert(1) contrast(2)");
  expect([isPlain(PLAIN), transformOf(PLAIN), filterOf(PLAIN)]).toEqual([true, "", ""]);
  expect(isPlain(lit(PLAIN, { contrast: 1.25 }))).toBe(false);
});
