import { expect, test } from "vitest";
import { fitted } from "./fit";

const room = { width: 500, height: 400 };

test("small pictures grow by whole pixels", () => {
  expect(fitted({ width: 28, height: 28 }, room)).toEqual({ width: 392, height: 392 });
});

test("photographs fill the room, whichever way they lie", () => {
  expect(fitted({ width: 4000, height: 2000 }, room)).toEqual({ width: 500, height: 250 });
  expect(fitted({ width: 200, height: 200 }, room)).toEqual({ width: 400, height: 400 });
});

test("nothing vanishes in a narrow room", () => {
  expect(fitted({ width: 28, height: 28 }, { width: 0, height: 0 })).toEqual({
    width: 1,
    height: 1,
  });
});
