import { expect, test } from "vitest";
import { ApiError } from "../lib/api";
import { Outbox, type OutboxEvents } from "./outbox";
import { storageShelf } from "./shelf";
import type { Answer, NewRemark, Outcome } from "./tasks";

const offline = () => new ApiError(0, "offline", "Assay does not answer.");
const answer = (key: string): Answer => ({ task: 1, verdict: "unclear", seconds: 1, key });
const quiet: OutboxEvents = { changed() {}, settled() {}, stuck() {}, tookBack() {}, failed() {} };
const turns = async (count = 20) => {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
};

/** A server that stores each key once, as the real one does, and fails when told to. */
class Server {
  stored = new Map<string, string>();
  calls: string[] = [];
  failures: (Error | "lost answer")[] = [];

  async answer(answers: Answer[]): Promise<Outcome[]> {
    this.calls.push(answers.map(({ key }) => key).join(" "));
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
    const outcomes = answers.map(({ key }): Outcome => {
      const status = this.stored.has(key) ? "known" : "stored";
      this.stored.set(key, `review of ${key}`);
      return { key, status, id: `review of ${key}`, message: "" };
    });
    if (failure) throw offline();
    return outcomes;
  }

  async takeBack(review: string): Promise<void> {
    this.hear(`take back ${review}`);
  }
  async skip(task: number, reason: string): Promise<void> {
    this.hear(`skip ${task} ${reason}`);
  }
  async unskip(task: number): Promise<void> {
    this.hear(`unskip ${task}`);
  }
  async remark({ kind, text }: NewRemark): Promise<void> {
    this.hear(`${kind} ${text}`.trim());
  }

  private hear(call: string): void {
    this.calls.push(call);
    const failure = this.failures.shift();
    if (failure instanceof Error) throw failure;
  }
}

/** The browser's storage, as far as the shelf uses it. */
class Memory {
  private readonly items = new Map<string, string>();
  get length(): number {
    return this.items.size;
  }
  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }
  getItem(name: string): string | null {
    return this.items.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.items.set(name, value);
  }
  removeItem(name: string): void {
    this.items.delete(name);
  }
}

const shelfIn = (memory: Memory, person = 1) =>
  storageShelf(memory as unknown as Storage, "garments", person);
const setUp = (events: Partial<OutboxEvents> = {}) => {
  const memory = new Memory();
  const server = new Server();
  const waits: number[] = [];
  const wait = async (ms: number) => {
    waits.push(ms);
  };
  const open = (person = 1) =>
    new Outbox(shelfIn(memory, person), server, { ...quiet, ...events }, wait);
  return { memory, server, waits, open, outbox: open() };
};

test("an answer is written down before it is sent, and forgotten when the server has it", async () => {
  const { memory, outbox, server } = setUp();
  outbox.add(answer("a"));
  expect(memory.length).toBe(1);
  await turns();
  expect(server.stored.size).toBe(1);
  expect([memory.length, outbox.waiting]).toEqual([0, 0]);
});

test("what failed is sent again, ever more slowly, and stored once", async () => {
  const { outbox, server, waits } = setUp();
  server.failures = [offline(), new ApiError(503, "error", "Busy."), "lost answer"];
  outbox.add(answer("a"));
  await turns(40);
  expect(waits).toEqual([500, 1000, 2000]);
  expect(server.calls).toEqual(["a", "a", "a", "a"]);
  expect([...server.stored.keys()]).toEqual(["a"]);
  expect([outbox.waiting, outbox.problem]).toEqual([0, ""]);
});

test("a reload loses nothing and keeps the order", async () => {
  const { memory, server } = setUp();
  const stuck = new Outbox(shelfIn(memory), server, quiet, () => new Promise(() => {}));
  server.failures = [offline()];
  for (const key of ["a", "b", "c"]) stuck.add(answer(key));
  await turns();
  expect(stuck.waiting).toBe(3);
  const reloaded = new Outbox(shelfIn(memory), server, quiet);
  expect(reloaded.waiting).toBe(3);
  await reloaded.send();
  expect(server.calls.at(-1)).toBe("a b c");
  expect(memory.length).toBe(0);
});

test("nobody sends another person's answers", () => {
  const { open, outbox, server } = setUp();
  server.failures = [offline()];
  outbox.add(answer("a"));
  expect(open(2).waiting).toBe(0);
});

test("what was decided during a request goes out with the next one", async () => {
  const { outbox, server } = setUp();
  for (const key of ["a", "b", "c"]) outbox.add(answer(key));
  await turns();
  expect(server.calls).toEqual(["a", "b c"]);
});

test("a refused answer is told and does not hold up the others", async () => {
  const told: string[] = [];
  const { outbox, server } = setUp({
    settled: ({ key }, { status, message }) => told.push(`${key} ${status} ${message}`.trim()),
  });
  server.failures = [new ApiError(400, "invalid", "Send a list.")];
  outbox.add(answer("a"));
  outbox.add(answer("b"));
  await turns();
  expect(told).toEqual(["a refused Send a list.", "b stored"]);
});

test("an unsent answer that is taken back is never sent", async () => {
  const { memory, outbox, server } = setUp();
  server.failures = [offline()];
  outbox.add(answer("a"));
  outbox.add(answer("b"));
  outbox.takeBack("b");
  await turns();
  expect(server.calls.join()).not.toContain("b");
  expect(memory.length).toBe(0);
});

test("a sent answer is taken back after it is stored and before the new one", async () => {
  const { outbox, server } = setUp();
  server.failures = ["lost answer"];
  outbox.add(answer("a"));
  outbox.takeBack("a");
  outbox.add(answer("new"));
  await turns(40);
  expect(server.calls).toEqual(["a", "a", "take back review of a", "new"]);
});

test("taking back survives a reload", async () => {
  const { memory, server } = setUp();
  const stuck = new Outbox(shelfIn(memory), server, quiet, () => new Promise(() => {}));
  stuck.add(answer("a"));
  await turns();
  server.failures = [offline()];
  stuck.takeBack("a");
  await turns();
  const reloaded = new Outbox(shelfIn(memory), server, quiet);
  await reloaded.send();
  expect(server.calls).toEqual(["a", "take back review of a", "take back review of a"]);
  expect(memory.length).toBe(0);
});

test("what cannot be taken back is told and holds nothing up", async () => {
  const told: string[] = [];
  const { outbox, server } = setUp({ stuck: (key, message) => told.push(`${key}: ${message}`) });
  outbox.add(answer("a"));
  await turns();
  server.failures = [new ApiError(409, "conflict", "Asked again since.")];
  outbox.takeBack("a");
  outbox.add(answer("b"));
  await turns();
  expect(told).toEqual(["a: Asked again since."]);
  expect([...server.stored.keys()]).toEqual(["a", "b"]);
});

test("the connection's return is not waited for", async () => {
  const { memory, server } = setUp();
  const outbox = new Outbox(shelfIn(memory), server, quiet, () => new Promise(() => {}));
  server.failures = [offline()];
  outbox.add(answer("a"));
  await turns();
  expect(outbox.problem).toContain("does not answer");
  void outbox.send();
  await turns();
  expect(outbox.waiting).toBe(0);
});

test("skips and remarks go out in turn, and survive a reload", async () => {
  const { memory, server } = setUp();
  const stuck = new Outbox(shelfIn(memory), server, quiet, () => new Promise(() => {}));
  server.failures = [offline()];
  stuck.skip(7, "unsure");
  stuck.remark({ task: 8, kind: "flag", text: "" });
  stuck.add(answer("a"));
  await turns();
  const reloaded = new Outbox(shelfIn(memory), server, quiet);
  await reloaded.send();
  expect(server.calls.slice(1)).toEqual(["skip 7 unsure", "flag", "a"]);
  expect(memory.length).toBe(0);
});

test("a skip that was not sent is torn up, another is taken back", async () => {
  const told: number[] = [];
  const { outbox, server } = setUp({ tookBack: (task) => told.push(task) });
  server.failures = [offline()];
  outbox.add(answer("a"));
  outbox.skip(7, "unsure");
  expect(outbox.unskip(7)).toBe(true);
  await turns();
  outbox.skip(8, "other");
  await turns();
  expect(outbox.unskip(8)).toBe(false);
  await turns();
  expect(server.calls).toEqual(["a", "a", "skip 8 other", "unskip 8"]);
  expect(told).toEqual([8]);
});

test("an earlier page's answer is taken back by its name", async () => {
  const told: number[] = [];
  const { outbox, server } = setUp({ tookBack: (task) => told.push(task) });
  outbox.takeBackReview("review-1", 5);
  await turns();
  expect(server.calls).toEqual(["take back review-1"]);
  expect(told).toEqual([5]);
});

test("a full storage is told, and the answer goes out nevertheless", async () => {
  const told: string[] = [];
  const { memory, server } = setUp();
  memory.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const events = { ...quiet, failed: (message: string) => told.push(message) };
  new Outbox(shelfIn(memory), server, events).add(answer("a"));
  await turns();
  expect(told).toHaveLength(1);
  expect(server.stored.size).toBe(1);
});

test("what another tab left behind is taken up", async () => {
  const { memory, outbox, server } = setUp();
  const stuck = new Outbox(shelfIn(memory), server, quiet, () => new Promise(() => {}));
  server.failures = [offline()];
  stuck.add(answer("a"));
  await turns();
  outbox.reload();
  await turns();
  expect([...server.stored.keys()]).toEqual(["a"]);
});
