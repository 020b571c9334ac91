import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backoff, connectEvents, isRefusal, judge } from "./events";

class FakeSocket {
  static opened: FakeSocket[] = [];
  private readonly handlers: Record<string, ((event: { data: string }) => void)[]> = {};
  constructor(readonly address: string) {
    FakeSocket.opened.push(this);
  }
  addEventListener(kind: string, handler: (event: { data: string }) => void): void {
    this.handlers[kind] = [...(this.handlers[kind] ?? []), handler];
  }
  close(): void {
    this.emit("close");
  }
  emit(kind: string, data: unknown = null): void {
    for (const handler of this.handlers[kind] ?? []) handler({ data: JSON.stringify(data) });
  }
  say(seq: number): void {
    this.emit("message", { seq, kind: "job.progress", payload: {} });
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.opened = [];
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("location", { protocol: "http:", host: "assay.test" });
  vi.stubGlobal("document", { documentElement: { dataset: {} } });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a gap is told from what is new and from what is known", () => {
  expect([judge(4, 4), judge(5, 4), judge(6, 4)]).toEqual(["known", "next", "gap"]);
});

test("waits grow and end at ten seconds", () => {
  expect([backoff(0), backoff(2), backoff(20)]).toEqual([500, 2000, 10_000]);
});

test("every event arrives once and in order, across a gap and a lost connection", () => {
  const seen: number[] = [];
  connectEvents("garments", 7, (event) => seen.push(event.seq));
  const first = FakeSocket.opened[0] as FakeSocket;
  expect(first.address).toBe("ws://assay.test/ws/projects/garments/events/?after=7");
  first.say(8);
  first.say(8);
  first.say(10); // 9 was lost: the stream asks again
  vi.advanceTimersByTime(10_000);
  const second = FakeSocket.opened[1] as FakeSocket;
  expect(second.address).toContain("after=8");
  second.say(9);
  second.say(10);
  first.say(11); // a late word of the old connection counts for nothing
  expect(seen).toEqual([8, 9, 10]);
});

test("listeners of one project share a connection", () => {
  connectEvents("shared", 0, () => {});
  connectEvents("shared", 0, () => {});
  expect(FakeSocket.opened).toHaveLength(1);
});

test("a refusal is not knocked at again", () => {
  expect([1006, 1011, 4401].map(isRefusal)).toEqual([false, false, true]);
});
