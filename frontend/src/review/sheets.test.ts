import { describe, expect, it } from "vitest";
import { someTask } from "./samples";
import { SHEET_SIZE, Sheets } from "./sheets";
import type { Task } from "./tasks";

const coats = (first: number, count: number): Task[] =>
  Array.from({ length: count }, (_, index) => someTask(first + index, "validate"));
const boots = (first: number, count: number): Task[] =>
  coats(first, count).map((task) => ({ ...task, asked_class: "boot" }));
const keys = (): (() => string) => {
  let made = 0;
  return () => `key ${++made}`;
};
const ids = (sheet: { tiles: { task: Task }[] } | undefined): number[] =>
  sheet?.tiles.map(({ task }) => task.id) ?? [];

function withSheets(count: number): Sheets {
  const sheets = new Sheets();
  sheets.sync(coats(1, count), "coat");
  return sheets;
}

describe("sheets", () => {
  it("holds one class each, no more than fit", () => {
    const sheets = new Sheets();
    expect(sheets.sync(coats(1, 30), "coat")).toBe(30);
    expect(sheets.sync(boots(100, 3), "boot")).toBe(3);
    expect(ids(sheets.current)).toHaveLength(SHEET_SIZE);
    expect(ids(sheets.next)).toEqual([25, 26, 27, 28, 29, 30]);
    expect(sheets.left).toBe(33);
    sheets.pass(1, keys());
    sheets.pass(1, keys());
    expect(sheets.current?.name).toBe("boot");
  });

  it("never changes the sheet that is looked at", () => {
    const sheets = withSheets(10);
    sheets.sync(coats(6, 10), "coat");
    expect(ids(sheets.current)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(ids(sheets.next)).toEqual([11, 12, 13, 14, 15]);
    sheets.sync(coats(1, 11), "coat");
    expect(ids(sheets.next)).toEqual([11]);
  });

  it("passes the marked as marked and the rest as right, sharing out the seconds", () => {
    const sheets = withSheets(4);
    sheets.toggle(1);
    sheets.point(2);
    sheets.mark("artefact");
    const answers = sheets.pass(6, keys());
    expect(answers.map(({ verdict }) => verdict)).toEqual(["right", "bad", "artefact", "right"]);
    expect(answers.map(({ seconds }) => seconds)).toEqual([1.5, 1.5, 1.5, 1.5]);
    expect(new Set(answers.map(({ key }) => key)).size).toBe(4);
    expect(sheets.current).toBeUndefined();
    expect(sheets.sync(coats(1, 5), "coat")).toBe(1);
  });

  it("marks, marks otherwise, and unmarks", () => {
    const sheets = withSheets(3);
    sheets.mark("artefact");
    sheets.mark("near_copy");
    expect(sheets.pointed?.mark).toBe("near_copy");
    sheets.mark("near_copy");
    expect(sheets.pointed?.mark).toBeNull();
    sheets.mark("artefact");
    sheets.toggle(0);
    expect(sheets.marked).toBe(0);
  });

  it("moves over rows, and stays at the edges", () => {
    const sheets = withSheets(8);
    sheets.move("ArrowDown", 3);
    sheets.move("ArrowRight", 3);
    expect(sheets.cursor).toBe(4);
    sheets.move("ArrowDown", 3);
    sheets.move("ArrowDown", 3);
    expect(sheets.cursor).toBe(7);
  });

  it("takes the whole last sheet back, with its marks", () => {
    const sheets = withSheets(30);
    sheets.toggle(3);
    const answers = sheets.pass(1, keys());
    expect(sheets.takeBackSheet()).toEqual(answers.map(({ key }) => key));
    expect(ids(sheets.current)).toHaveLength(SHEET_SIZE);
    expect(sheets.current?.tiles[3]?.mark).toBe("bad");
    expect(ids(sheets.next)).toHaveLength(6);
    expect(sheets.takeBackSheet()).toEqual([]);
    // The server may not hold the tasks for us again yet.
    sheets.pass(1, keys());
    sheets.takeBackSheet();
    sheets.sync(coats(25, 6), "coat");
    expect(ids(sheets.current)).toHaveLength(SHEET_SIZE);
  });

  it("takes one tile back, behind those being looked at", () => {
    const sheets = withSheets(30);
    sheets.toggle(3);
    const answers = sheets.pass(1, keys());
    expect(sheets.takeBackTile(4)).toBe(answers[3]?.key);
    expect(ids(sheets.current)).toEqual([25, 26, 27, 28, 29, 30, 4]);
    expect(sheets.pointed).toMatchObject({ mark: "bad", task: { id: 4 } });
    expect(sheets.last).toHaveLength(SHEET_SIZE - 1);
    expect(sheets.takeBackTile(4)).toBeUndefined();
    expect(sheets.takeBackSheet()).not.toContain(answers[3]?.key);
  });

  it("takes a tile of another class back on a sheet of its own", () => {
    const sheets = new Sheets();
    sheets.sync(coats(1, 2), "coat");
    sheets.sync(boots(5, 2), "boot");
    sheets.pass(1, keys());
    sheets.takeBackTile(2);
    expect(ids(sheets.current)).toEqual([2]);
    expect(sheets.next?.name).toBe("boot");
  });

  it("loses what cannot be answered, and asks again what was not kept", () => {
    const sheets = withSheets(3);
    sheets.point(2);
    sheets.lose(3);
    expect(sheets.cursor).toBe(1);
    sheets.pass(1, keys());
    sheets.lose(1);
    expect(sheets.last.map(({ task }) => task.id)).toEqual([2]);
    expect(sheets.sync(coats(1, 3), "coat")).toBe(2);
  });
});
