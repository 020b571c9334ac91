import { expect, test } from "vitest";
import { found, used } from "./class_search";

const names = ["Coat", "Raincoat", "Boot, high", "Ankle boot", "Café au lait", "Cobra"];
const search = (typed: string, recent: string[] = []) =>
  found(names, typed, recent).map((place) => names[place]);

test("the best match comes first: whole, beginning, word, within, scattered", () => {
  expect(search("coat")).toEqual(["Coat", "Raincoat"]);
  expect(search("boot")).toEqual(["Boot, high", "Ankle boot"]);
  expect(search("bt")).toEqual(["Boot, high", "Ankle boot"]);
  expect(search("xyz")).toEqual([]);
});

test("case and accents do not matter", () => {
  expect(search("CAFE")).toEqual(["Café au lait"]);
});

test("lately used classes float up, but never above a better match", () => {
  expect(search("co", ["Cobra"])).toEqual(["Cobra", "Coat", "Raincoat"]);
  expect(search("", ["Cobra", "Raincoat"]).slice(0, 3)).toEqual(["Cobra", "Raincoat", "Coat"]);
  expect(search("coat", ["Raincoat"])[0]).toBe("Coat");
});

test("what was used last is first, once", () => {
  expect(used(["a", "b", "c"], "b", 3)).toEqual(["b", "a", "c"]);
  expect(used(["a", "b", "c"], "d", 3)).toEqual(["d", "a", "b"]);
});
