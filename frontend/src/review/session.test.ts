import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Emptiness } from "./emptiness";
import type { Pictures } from "./pictures";
import { someTask } from "./samples";
import type { Progress, Screen } from "./screen";
import { ReviewSession } from "./session";
import type { Answer, Counts, ReviewApi, Task } from "./tasks";

const counts: Counts = { round: 1, annotated: 0, validated: 0, open_annotate: 9, open_validate: 0 };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A screen that notes what it is told; pictures are painted when the test says so. */
class NotedScreen implements Screen {
  shown: number[] = [];
  ready_: number | undefined;
  emptied: Emptiness | undefined;
  warnings: string[] = [];
  last: Progress | undefined;
  paint: Promise<void> = Promise.resolve();

  show(task: Task): Promise<void> {
    this.shown.push(task.id);
    this.ready_ = undefined;
    return this.paint;
  }
  ready(task: Task): void {
    this.ready_ = task.id;
  }
  broken(): void {}
  empty(reason: Emptiness): void {
    this.emptied = reason;
  }
  progress(progress: Progress): void {
    this.last = progress;
  }
  decided(): void {}
  say(): void {}
  warn(message: string): void {
    this.warnings.push(message);
  }
}

/** A server that holds `waiting` tasks for whoever asks. */
function serverWith(waiting: Task[]) {
  const answers: Answer[] = [];
  const api: ReviewApi & { reserved: number; refuse: string } = {
    reserved: 0,
    refuse: "",
    round: async () => ({ number: 1, step: "review" }),
    reserve: async (size) => {
      api.reserved += 1;
      const done = new Set(answers.map(({ task }) => task));
      const tasks = waiting.filter(({ id }) => !done.has(id)).slice(0, size);
      return { tasks, expires_at: new Date(Date.now() + 900_000).toISOString() };
    },
    answer: async (sent) =>
      sent.map((answer) => {
        if (api.refuse)
          return { key: answer.key, status: "refused", id: null, message: api.refuse };
        answers.push(answer);
        return { key: answer.key, status: "stored", id: `review ${answer.key}`, message: "" };
      }),
    takeBack: async (review) => {
      const at = answers.findIndex(({ key }) => `review ${key}` === review);
      answers.splice(at, 1);
    },
  };
  return { api, answers };
}

async function begin(waiting: Task[], size = 20) {
  const { api, answers } = serverWith(waiting);
  const screen = new NotedScreen();
  const session = new ReviewSession({
    size,
    counts,
    api,
    shelf: { load: () => [], put() {}, remove() {} },
    pictures: { get: async () => ({}), prepare() {} } as unknown as Pictures,
    screen,
  });
  await session.start();
  await vi.advanceTimersByTimeAsync(0);
  return { session, screen, api, answers };
}

const tasks = (count: number) => Array.from({ length: count }, (_, index) => someTask(index + 1));

test("each decision is about the picture that was painted, and no other", async () => {
  const { session, screen, answers } = await begin(tasks(3));
  screen.paint = new Promise(() => {});
  session.choose("boot");
  session.choose("coat");
  session.choose("shirt");
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.shown).toEqual([1, 2]);
  expect(screen.ready_).toBeUndefined();
  expect(answers.map(({ task, class: name }) => [task, name])).toEqual([[1, "boot"]]);
});

test("a verdict that the task does not take decides nothing", async () => {
  const { session, screen } = await begin(tasks(2));
  session.decide("artefact");
  expect(screen.last?.left).toBe(2);
});

test("the hand is filled up before it is empty, and no task comes twice", async () => {
  const { session, screen, api } = await begin(tasks(40));
  expect(screen.last?.left).toBe(20);
  for (let decision = 0; decision < 40; decision += 1) {
    session.decide("unclear");
    await vi.advanceTimersByTimeAsync(1000);
  }
  expect(screen.shown).toEqual(tasks(40).map(({ id }) => id));
  expect(screen.last?.left).toBe(0);
  expect(api.reserved).toBeLessThan(12);
});

test("taking back shows the picture again, and the new answer is the one that stands", async () => {
  const { session, screen, answers } = await begin(tasks(3));
  session.choose("boot");
  await vi.advanceTimersByTimeAsync(0);
  session.takeBack();
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.ready_).toBe(1);
  session.choose("coat");
  await vi.advanceTimersByTimeAsync(0);
  expect(answers.map(({ task, class: name }) => [task, name])).toEqual([[1, "coat"]]);
});

test("an answer that was not kept is told with its reason", async () => {
  const { session, screen, api } = await begin(tasks(3));
  api.refuse = "Somebody else is at it.";
  session.choose("boot");
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.warnings).toEqual(["“boot” was not kept. Somebody else is at it."]);
});

test("an empty queue says why and goes on when work arrives", async () => {
  const waiting: Task[] = [];
  const { session, screen } = await begin(waiting);
  const heard = (payload: Partial<Counts>) =>
    session.heard({ seq: 1, kind: "review.counted", payload: { ...counts, ...payload } });
  heard({ open_annotate: 0, annotated: 5 });
  expect(screen.emptied?.title).toBe("All done");
  waiting.push(someTask(7));
  heard({ open_annotate: 1 });
  await vi.advanceTimersByTimeAsync(3000);
  expect(screen.ready_).toBe(7);
});

test("what a new step of the round withdrew is put away", async () => {
  const waiting = tasks(3);
  const { session, screen } = await begin(waiting);
  waiting.splice(0);
  session.heard({ seq: 1, kind: "round.step", payload: { round: 1, step: "mix" } });
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.last?.left).toBe(0);
  expect(screen.emptied?.text).toContain("past its review");
});

test("holds are renewed for who is there, and left to run out for who is not", async () => {
  const { session, api } = await begin(tasks(20));
  await vi.advanceTimersByTimeAsync(800_000);
  expect(api.reserved).toBe(1);
  session.skip();
  await vi.advanceTimersByTimeAsync(4000);
  expect(api.reserved).toBe(2);
});
