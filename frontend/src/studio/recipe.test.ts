import { expect, test } from "vitest";
import { isSame, LAYERS, moved, nameOfLayers, type Recipe, read, Way, written } from "./recipe";

const FIRST: Recipe = {
  checkpoint: 3, class: 12, start: { seed: 7 }, towards: null, share: 0, truncation: 1, moves: {},
}; // biome-ignore format: a record

test("a move of nothing is none", () => {
  const there = moved(FIRST, 4, 1.5);
  expect(there.moves).toEqual({ 4: 1.5 });
  expect(isSame(moved(there, 4, 0), FIRST)).toBe(true);
});

test("an address says the same when it is read again", () => {
  const there = { ...moved(moved(FIRST, 10, 1), 4, -2), towards: { image: 5 }, share: 0.5 };
  expect(read(`#${encodeURIComponent(written(there))}`)).toEqual(there);
  expect(read("#nonsense")).toBeUndefined();
  expect(read("")).toBeUndefined();
});

test("layers are named, and all of them are the same as none said", () => {
  expect(isSame({ ...FIRST, layers: LAYERS.all }, FIRST)).toBe(true);
  const fine = { ...FIRST, layers: LAYERS.fine };
  expect(isSame(fine, FIRST)).toBe(false);
  expect(nameOfLayers(read(`#${encodeURIComponent(written(fine))}`)?.layers)).toBe("fine");
  expect(nameOfLayers([0.1, 0.2])).toBe("other");
});

test("a way goes back and forth, and a new step forgets what was undone", () => {
  const way = new Way(FIRST);
  way.go(FIRST);
  expect(way.canGoBack).toBe(false);
  const second = moved(FIRST, 4, 1);
  way.go(second);
  way.go(moved(second, 4, 2));
  way.back();
  expect(way.now).toEqual(second);
  way.forth();
  expect(way.now.moves).toEqual({ 4: 2 });
  way.back();
  way.go(moved(FIRST, 5, 1));
  expect(way.canGoForth).toBe(false);
  way.back();
  way.back();
  way.back();
  expect(way.now).toEqual(FIRST);
});
