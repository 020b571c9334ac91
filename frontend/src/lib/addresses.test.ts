import { expect, test } from "vitest";
import { listBody, listQuery, listType } from "./addresses";

test("a list is told by its file's ending, and is plain lines otherwise", () => {
  expect(listType("All.CSV")).toBe("text/csv");
  expect(listType("a.b.jsonl")).toBe("application/x-ndjson");
  expect(listType("addresses")).toBe("text/plain");
});

test("a chosen file goes before the lines that were typed", async () => {
  const file = new File(["url\nu"], "list.csv");
  const body = await listBody(file, "typed");
  expect([body.type, await body.text()]).toEqual(["text/csv", "url\nu"]);
  expect(await (await listBody(undefined, "typed")).text()).toBe("typed");
  expect(await (await listBody(new File([], ""), "typed")).text()).toBe("typed");
});

test("class and split are said for the whole list", () => {
  expect(listQuery("class:a&b", "test")).toBe("?class=a%26b&split=test");
  expect(listQuery("folders", "")).toBe("");
});
