import { expect, test } from "vitest";
import { type Action, keyOf, keyTable } from "./keys";
import { refusal, withOwnKeys } from "./own_keys";

const action = (id: string, keys: string[], scopes?: string[]): Action => ({
  id, keys, title: id, run: () => {}, ...(scopes && { scopes }),
}); // biome-ignore format: a table

const actions = [
  action("right", ["a"], ["validate"]),
  action("real", ["j"], ["realism"]),
  action("skip", ["Space"]),
  action("undo", ["Ctrl+z", "Backspace"]),
];
const keysOf = (all: Action[]) => Object.fromEntries(all.map(({ id, keys }) => [id, keys]));

test("a person's keys win, and whose key they took goes without", () => {
  const own = withOwnKeys(actions, { right: ["Backspace", "l"] });
  expect(keysOf(own)).toEqual({
    right: ["Backspace", "l"],
    real: ["j"],
    skip: ["Space"],
    undo: ["Ctrl+z"],
  });
});

test("whatever was saved, no key is ambiguous", () => {
  const own = withOwnKeys(actions, { right: ["x"], skip: ["x"], undo: [], gone: ["x"] });
  expect(keysOf(own)).toEqual({ right: ["x"], real: ["j"], skip: [], undo: [] });
  expect(() => keyTable(own)).not.toThrow();
});

test("one key may mean two things that are never alive at once", () => {
  const own = withOwnKeys(actions, { right: ["k"], real: ["k"] });
  expect([own[0]?.keys, own[1]?.keys]).toEqual([["k"], ["k"]]);
});

test("a key that is taken, the browser's or no key is refused with why", () => {
  const [right] = actions;
  if (!right) throw new Error("There are actions.");
  const why = (key: string) => refusal(actions, right, key);
  expect(why("Space")).toContain("“skip”");
  expect(why("Ctrl+w")).toContain("browser's");
  expect(why("Tab")).toContain("moves about");
  expect(why("<")).toContain("cannot be a command");
  expect([why("j"), why("a"), why("Shift+ArrowUp"), why("ф")]).toEqual(["", "", "", ""]);
});

test("a stroke is written as tables write it", () => {
  const stroke = (key: string, code: string, held: Partial<KeyboardEvent> = {}) =>
    keyOf({ key, code, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });
  expect(stroke("Q", "KeyQ", { shiftKey: true })).toBe("Shift+q");
  expect(stroke("!", "Digit1", { shiftKey: true })).toBe("Shift+1");
  expect(stroke("?", "Slash", { shiftKey: true })).toBe("?");
  expect(stroke("z", "KeyZ", { metaKey: true })).toBe("Ctrl+z");
  expect(stroke(" ", "Space")).toBe("Space");
  expect([stroke("Shift", "ShiftLeft"), stroke("a", "KeyA", { altKey: true })]).toEqual([
    undefined,
    undefined,
  ]);
});
