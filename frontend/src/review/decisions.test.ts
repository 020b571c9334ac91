import { expect, test } from "vitest";
import { actionFor, keyTable, refuseAmbiguous } from "../lib/keys";
import { type Commands, inWords, reviewActions } from "./decisions";
import { allows, classDecision, MODES } from "./modes";
import { someTask } from "./samples";

const synthetic = someTask(1, "validate");
const nothing: Commands = {
  task: undefined, decide() {}, choose() {}, skip() {}, takeBack() {}, move() {}, search() {},
  reason() {}, history() {}, mark() {}, zoom() {}, pan() {}, light() {}, invert() {}, view() {},
  resetView() {},
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
  refuseAmbiguous([...actions, { id: "help", keys: ["?"], title: "", run() {} }]);
  const table = keyTable(actions, "annotate");
  expect(table.get("1")?.title).toBe("class 0");
  expect(table.get("0")?.title).toBe("class 9");
  expect(table.get("q")?.title).toBe("class 10");
  expect(actions.filter((action) => action.keys.length === 0)).toHaveLength(200 - 29);
});

test("the number pad and other layouts choose classes too", () => {
  const said: string[] = [];
  const table = keyTable(
    reviewActions(["boot"], { ...nothing, choose: (name) => said.push(name) }),
    "validate",
  );
  const held = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  actionFor({ key: "1", code: "Numpad1", ...held }, table)?.run();
  actionFor({ key: "&", code: "Digit1", ...held }, table)?.run();
  expect(said).toEqual(["boot", "boot"]);
});

test("shifted digits give the reasons that the mode offers", () => {
  const given: number[] = [];
  const actions = reviewActions(["boot"], { ...nothing, reason: (index) => given.push(index) });
  const shifted = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: true };
  const table = keyTable(actions, "validate");
  actionFor({ key: "!", code: "Digit1", ...shifted }, table)?.run();
  actionFor({ key: "2", code: "Digit2", ...shifted }, table)?.run();
  expect(given).toEqual([0, 1]);
  expect(keyTable(actions, "annotate").has("shift+1")).toBe(false);
});

test("decisions are said in words", () => {
  expect(inWords({ verdict: "wrong_class", class: "boot" })).toBe("Wrong class: boot");
  expect(inWords({ verdict: "wrong_class" })).toBe("Wrong class");
  expect(inWords({ verdict: "class", class: "boot" })).toBe("boot");
  expect(inWords({ verdict: "artefact", reasons: ["blur", "texture"] })).toBe(
    "Artefact (blur, texture)",
  );
});

test("a key means what the mode says", () => {
  const actions = reviewActions(["boot"], nothing);
  const fs = MODES.map(({ kind }) => keyTable(actions, kind).get("f")?.id);
  expect(fs).toEqual([undefined, "artefact", "fake", "artefact"]);
  expect(keyTable(actions, "realism").has("1")).toBe(false);
});
