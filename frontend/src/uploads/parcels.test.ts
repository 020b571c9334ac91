import { expect, test } from "vitest";
import { parcelsOf } from "./parcels";

const picked = (path: string, size: number, lastModified = 1) => ({
  path,
  file: new File([new Uint8Array(size)], path, { lastModified }),
});
const MB = 1024 * 1024;

test("small images go together, archives, lists and large files by themselves", () => {
  const files = [
    picked("a.png", 9),
    picked("b.zip", 9),
    picked("c.csv", 9),
    picked("d.png", 2 * MB),
  ];
  const parcels = parcelsOf([...files, picked("e.png", 9)]);
  expect(parcels.map(({ pieces }) => pieces.map(({ row }) => row.path))).toEqual([
    ["b.zip"],
    ["c.csv"],
    ["d.png"],
    ["a.png", "e.png"],
  ]);
});

test("a parcel stays within bounds, and each piece lies where it says", async () => {
  const files = Array.from({ length: 40 }, (_, index) => picked(`${index}.png`, MB / 2 + index));
  const parcels = parcelsOf(files);
  expect(parcels.length).toBe(2);
  for (const { body, pieces } of parcels) {
    expect(body.size).toBeLessThan(16 * MB + 1025);
    expect(pieces.every(({ row, start }) => start + row.size < body.size)).toBe(true);
  }
});

test("the same files make the same parcels, and another time of change another one", () => {
  const name = (modified: number) =>
    parcelsOf([picked("a.png", 9), picked("b.png", 9, modified)])[0]?.path;
  expect(name(1)).toBe(name(1));
  expect(name(1)).not.toBe(name(2));
});
