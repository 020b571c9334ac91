import { expect, test } from "vitest";
import { actionFor, keyTable } from "../lib/keymap";
import { allows, type Commands, classDecision, inWords, reviewActions } from "./decisions";
import { someTask } from "./samples";

const synthetic = someTask(1, "validate");
const nothing: Commands = {
  decide() {}, choose() {}, skip() {}, takeBack() {}, move() {}, search() {},
}; // biome-ignore format: a table

test("naming a class answers both kinds of question", () => {
  expect(classDecision(someTask(1), "boot")).toEqual({ verdict: "class", class: "boot" });
  expect(classDecision(synthetic, "boot")).toEqual({ verdict: "wrong_class", class: "boot" });
  expect(classDecision(synthetic, "coat")).toEqual({ verdict: "right" });
});

test("a verdict of the other kind decides nothing", () => {
  expect(allows(synthetic, "artefact")).toBe(true);
  expect(allows(synthetic, "unclear")).toBe(false);
  expect(allows(someTask(1), "right")).toBe(false);
});

test("no two commands claim one key, however many classes there are", () => {
  const classes = Array.from({ length: 200 }, (_, index) => `class ${index}`);
  const actions = reviewActions(classes, nothing);
  const table = keyTable([...actions, { id: "help", keys: ["?"], title: "", run() {} }]);
  expect(table.get("1")?.title).toBe("class 0");
  expect(table.get("0")?.title).toBe("class 9");
  expect(table.get("q")?.title).toBe("class 10");
  expect(actions.filter((action) => action.keys.length === 0)).toHaveLength(200 - 31);
});

test("the number pad and other layouts choose classes too", () => {
  const said: string[] = [];
  const table = keyTable(
    reviewActions(["boot"], { ...nothing, choose: (name) => said.push(name) }),
  );
  const held = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  actionFor({ key: "1", code: "Numpad1", ...held }, table)?.run();
  actionFor({ key: "&", code: "Digit1", ...held }, table)?.run();
  expect(said).toEqual(["boot", "boot"]);
});

test("decisions are said in words", () => {
  expect(inWords({ verdict: "wrong_class", class: "boot" })).toBe("Wrong class: boot");
  expect(inWords({ verdict: "wrong_class" })).toBe("Wrong class");
  expect(inWords({ verdict: "class", class: "boot" })).toBe("boot");
});
