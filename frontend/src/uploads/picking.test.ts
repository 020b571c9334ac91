import { expect, test } from "vitest";
import { chosen, dropped, isMeant } from "./picking";

const file = (name: string) => new File([name], name);

test("what systems leave behind is not sent", () => {
  const paths = ["a.png", ".DS_Store", "boots/.hidden/1.png", "boots/Thumbs.db", "__MACOSX/a.png"];
  expect(paths.filter(isMeant)).toEqual(["a.png"]);
});

test("chosen files come in the order of their paths", () => {
  expect(chosen([file("b.png"), file("a.png")]).map(({ path }) => path)).toEqual([
    "a.png",
    "b.png",
  ]);
});

/** A folder whose reader gives one entry at a time, as browsers give a hundred. */
function folder(path: string, children: object[]): object {
  const createReader = () => {
    const left = [...children];
    return { readEntries: (done: (some: object[]) => void) => done(left.splice(0, 1)) };
  };
  return { fullPath: path, isFile: false, createReader };
}
const leaf = (path: string) => ({
  fullPath: path,
  isFile: true,
  file: (done: (one: File) => void) => done(file(path)),
});

test("a dropped folder is walked to its end, and what is no file is passed by", async () => {
  const tree = folder("/set", [
    folder("/set/boot", [leaf("/set/boot/2.png"), leaf("/set/boot/1.png")]),
    folder("/set/.git", [leaf("/set/.git/config")]),
    leaf("/set/labels.csv"),
  ]);
  const items = [tree, null].map((entry) => ({ webkitGetAsEntry: () => entry }));
  const counts: number[] = [];
  const found = await dropped({ items } as unknown as DataTransfer, (count) => counts.push(count));
  expect(found.map(({ path }) => path)).toEqual([
    "set/boot/1.png",
    "set/boot/2.png",
    "set/labels.csv",
  ]);
  expect(counts).toEqual([1, 2, 3]);
});
