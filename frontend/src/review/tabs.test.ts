import { beforeEach, expect, test, vi } from "vitest";
import { SoleTab } from "./tabs";

/** Channels of one name: each hears what the others post. */
class Line {
  private readonly ears: ((event: { data: unknown }) => void)[] = [];
  open() {
    const place = this.ears.length;
    return {
      postMessage: (data: unknown) => {
        for (const [index, ear] of this.ears.entries()) if (index !== place) ear({ data });
      },
      addEventListener: (_: string, ear: (event: { data: unknown }) => void) => {
        this.ears[place] = ear;
      },
    } as unknown as BroadcastChannel;
  }
}

let line: Line;
const told: string[] = [];
const open = (name: string) =>
  new SoleTab(line.open(), {
    left: () => told.push(`${name} left`),
    cameBack: () => told.push(`${name} came back`),
  });

beforeEach(() => {
  line = new Line();
  told.length = 0;
  vi.useFakeTimers({ now: 0 });
});

test("the newest tab works, and the older one leaves it", () => {
  const first = open("first");
  vi.advanceTimersByTime(1);
  const second = open("second");
  expect([first.isActive, second.isActive, told]).toEqual([false, true, ["first left"]]);
});

test("a person goes on in the tab in which they say so", () => {
  const first = open("first");
  vi.advanceTimersByTime(1);
  const second = open("second");
  vi.advanceTimersByTime(1);
  first.claim();
  expect([first.isActive, second.isActive]).toEqual([true, false]);
});

test("when the working tab closes, another goes on", () => {
  const first = open("first");
  vi.advanceTimersByTime(1);
  open("second").close();
  expect(first.isActive).toBe(true);
  expect(told).toEqual(["first left", "first came back"]);
});

test("of tabs that begin in one moment exactly one works", () => {
  const tabs = ["a", "b", "c"].map(open);
  expect(tabs.filter(({ isActive }) => isActive)).toHaveLength(1);
});
