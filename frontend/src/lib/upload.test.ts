import { expect, test } from "vitest";
import { batchesOf, inWords, together, uploadForm } from "./upload";

const sizes = (batches: { size: number }[][]) => batches.map((batch) => batch.map((f) => f.size));

test("files are parted by number and by bytes, in their order", () => {
  const files = [1, 1, 1, 9, 3, 30, 2].map((size) => ({ size }));
  expect(sizes(batchesOf(files, 2, 10))).toEqual([[1, 1], [1, 9], [3], [30], [2]]);
  expect(batchesOf([])).toEqual([]);
});

test("a report is a sentence of what happened", () => {
  const one = { accepted: [{ id: 1, name: "a" }], duplicates: [], refused: [] };
  const other = {
    accepted: [],
    duplicates: [{ id: 1, name: "b" }],
    refused: [{ name: "c", reason: "svg", detail: "" }],
  };
  expect(inWords(one)).toBe("1 taken in.");
  expect(inWords(together(one, other))).toBe("1 taken in, 1 known already, 1 refused.");
});

test("a chosen class stands beside each file", () => {
  const files = [new File(["a"], "a.png"), new File(["b"], "b.png")];
  const form = uploadForm(files, "class:boot", "test");
  expect(form.getAll("files")).toHaveLength(2);
  expect(form.get("classes")).toBe('["boot","boot"]');
  expect(form.get("split")).toBe("test");
  expect(uploadForm(files, "folders", "").get("classes")).toBe("folders");
  expect(uploadForm(files, "", "").has("classes")).toBe(false);
});
