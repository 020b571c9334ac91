import { expect, test } from "vitest";
import { type Action, actionFor, keyCaps, keyTable } from "./keys";

const action = (id: string, ...keys: string[]): Action => ({ id, keys, title: id, run: () => {} });
const stroke = (key: string, code: string, held: Partial<KeyboardEvent> = {}) => ({
  key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held,
}); // biome-ignore format: a table

const table = keyTable([
  action("right", "a", "1"),
  action("undo", "Ctrl+z"),
  action("skip", "Space"),
  action("help", "?"),
]);
const meaning = (...given: Parameters<typeof stroke>) => actionFor(stroke(...given), table)?.id;

test("a key claimed twice is refused, with both names", () => {
  expect(() => keyTable([action("one", "x"), action("two", "X")])).toThrow(/"one" and "two"/);
});

test("what the key prints decides", () => {
  expect(meaning("a", "KeyQ")).toBe("right");
  expect(meaning("?", "Slash", { shiftKey: true })).toBe("help");
  expect(meaning(" ", "Space")).toBe("skip");
});

test("on another layout the key's place decides", () => {
  expect(meaning("ф", "KeyA")).toBe("right");
  expect(meaning("&", "Digit1")).toBe("right");
  expect(meaning("я", "KeyZ", { ctrlKey: true })).toBe("undo");
});

test("held keys must be the ones asked for", () => {
  expect(meaning("a", "KeyA", { ctrlKey: true })).toBeUndefined();
  expect(meaning("z", "KeyZ")).toBeUndefined();
  expect(meaning("z", "KeyZ", { metaKey: true })).toBe("undo");
  expect(meaning("!", "Digit1", { shiftKey: true })).toBeUndefined();
});

test("caps show keys as they stand on the board", () => {
  expect(keyCaps("Ctrl+z")).toEqual(["Ctrl", "Z"]);
  expect(keyCaps("ArrowLeft")).toEqual(["←"]);
});

test("a letter that another Latin layout prints is that letter, and no other", () => {
  expect(meaning("q", "KeyA")).toBeUndefined(); // on AZERTY, where the table's "a" stands
  expect(meaning("a", "KeyQ", { shiftKey: true })).toBeUndefined();
});

test("shift makes a key of its own of letters, arrows and digits", () => {
  const shifted = keyTable([
    action("flag", "Shift+f"),
    action("why", "Shift+1"),
    action("up", "+"),
  ]);
  const held = { shiftKey: true };
  const means = (key: string, code: string) => actionFor(stroke(key, code, held), shifted)?.id;
  expect([means("F", "KeyF"), means("А", "KeyF"), means("!", "Digit1")]).toEqual([
    "flag",
    "flag",
    "why",
  ]);
  expect([means("+", "Equal"), means("f", "KeyF")]).toEqual(["up", "flag"]);
  expect(actionFor(stroke("f", "KeyF"), shifted)).toBeUndefined();
});
