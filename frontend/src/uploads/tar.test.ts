import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { memberStart, tarOf, tarSize } from "./tar";

const member = (path: string, content: string) => ({ path, file: new Blob([content]) });
const MEMBERS = [
  member("boot/1.png", "one"),
  member("stövel/höst/1.png", "two"),
  member(`${"very/".repeat(60)}long.png`, "x".repeat(512)),
  member("empty.png", ""),
];

async function bytesOf(blob: Blob): Promise<Buffer> {
  return Buffer.from(await blob.arrayBuffer());
}

test("tar itself reads the names and the bytes", async () => {
  const input = await bytesOf(tarOf(MEMBERS));
  const env = { ...process.env, LC_ALL: "C.UTF-8" };
  const listed = execFileSync("tar", ["--quoting-style=literal", "-tf", "-"], { input, env });
  expect(listed.toString().trim().split("\n")).toEqual(MEMBERS.map(({ path }) => path));
  expect(execFileSync("tar", ["-xOf", "-"], { input }).toString()).toBe(`onetwo${"x".repeat(512)}`);
});

test("each file lies where it is said to", async () => {
  const whole = tarOf(MEMBERS);
  let at = 0;
  for (const each of MEMBERS) {
    const start = at + memberStart(each);
    const found = await bytesOf(whole.slice(start, start + each.file.size));
    expect(found).toEqual(await bytesOf(each.file));
    at += tarSize(each);
  }
  expect(whole.size).toBe(at + 1024);
});
