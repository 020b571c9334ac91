import { expect, test } from "vitest";
import { Pace, quarterOf, type Row, rowOf, shownOf, titleOf, totalsOf } from "./ledger";

const picked = (path: string) => ({ path, file: new File(["12345"], path) });
const row = (state: Row["state"], index: number): Row => ({
  ...rowOf(picked(`${state}-${index}`)),
  state,
});

test("totals count files and bytes by their state", () => {
  const rows = [row("sent", 1), row("failed", 1), { ...row("sending", 1), sent: 2 }];
  expect(totalsOf(rows)).toEqual({
    files: 3,
    filesSent: 1,
    filesFailed: 1,
    bytes: 15,
    bytesSent: 2,
  });
});

test("of ten thousand rows few are shown, and every kind that matters", () => {
  const rows = [
    ...Array.from({ length: 9000 }, (_, index) => row("sent", index)),
    ...Array.from({ length: 3 }, (_, index) => row("sending", index)),
    row("failed", 1),
    ...Array.from({ length: 1000 }, (_, index) => row("waiting", index)),
  ];
  const shown = shownOf(rows);
  expect(shown.length).toBeLessThan(80);
  expect(shown.slice(0, 5).map(({ path }) => path)).toEqual([
    "failed-1",
    "sending-0",
    "sending-1",
    "sending-2",
    "sent-8999",
  ]);
});

test("the pace is that of the last ten seconds", () => {
  const pace = new Pace();
  expect(pace.perSecond).toBe(0);
  pace.note(0, 0);
  pace.note(20_000, 1000);
  pace.note(25_000, 6000);
  expect(pace.perSecond).toBe(1000);
  pace.restart();
  expect(pace.perSecond).toBe(0);
});

test("quarters are told apart", () => {
  const totals = totalsOf([row("waiting", 1)]);
  expect([0, 2, 3, 5].map((bytesSent) => quarterOf({ ...totals, bytesSent }))).toEqual([
    0, 1, 2, 4,
  ]);
});

test("an import is called as what was picked", () => {
  expect(titleOf([picked("boots/1.png"), picked("boots/2.png")])).toBe("boots");
  expect(titleOf([picked("a.png"), picked("b.zip"), picked("c/1.png")])).toBe("a.png and 2 more");
  expect(titleOf(["a", "b", "c", "d"].map(picked))).toBe("4 files");
});
