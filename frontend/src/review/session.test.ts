import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../lib/api";
import type { Emptiness } from "./emptiness";
import type { Pictures } from "./pictures";
import { someTask } from "./samples";
import type { Progress, Screen } from "./screen";
import { ReviewSession } from "./session";
import type { Answer, Counts, PastDecision, ReviewApi, Task } from "./tasks";

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
  said: string[] = [];
  say(words: string): void {
    this.said.push(words);
  }
  reasons(): string[] {
    return [];
  }
  marked(): void {}
  isAway = false;
  away(): void {
    this.isAway = true;
  }
  warn(message: string): void {
    this.warnings.push(message);
  }
}

type FakeServer = ReviewApi & {
  reserved: number;
  refuse: string;
  /** What renewing finds gone. */
  lost: number[];
  past: PastDecision[];
  calls: string[];
};

/** A server that holds `waiting` tasks for whoever asks. */
function serverWith(waiting: Task[]) {
  const answers: Answer[] = [];
  const api: FakeServer = {
    reserved: 0,
    refuse: "",
    lost: [],
    past: [],
    calls: [],
    renew: async (ids) => {
      api.calls.push("renew");
      const expires_at = new Date(Date.now() + 900_000).toISOString();
      return { held: ids.filter((id) => !api.lost.includes(id)), lost: api.lost, expires_at };
    },
    skip: async (task, reason) => {
      api.calls.push(`skip ${task} ${reason}`);
      waiting.splice(
        waiting.findIndex(({ id }) => id === task),
        1,
      );
    },
    unskip: async (task) => {
      api.calls.push(`unskip ${task}`);
    },
    remark: async ({ task, kind }) => {
      api.calls.push(`${kind} ${task}`);
    },
    removeRemark: async (id) => {
      api.calls.push(`remove ${id}`);
    },
    remarks: async () => [],
    history: async () => api.past,
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
      api.calls.push(`take back ${review}`);
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
    shelf: { load: () => [], put: () => true, remove() {} },
    pictures: {
      get: async () => ({}),
      prepare() {},
      fetch() {},
      has: () => true,
    } as unknown as Pictures,
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
  session.decide({ verdict: "artefact" });
  expect(screen.last?.left).toBe(2);
});

test("the hand is filled up before it is empty, and no task comes twice", async () => {
  const { session, screen, api } = await begin(tasks(40));
  expect(screen.last?.left).toBe(20);
  for (let decision = 0; decision < 40; decision += 1) {
    session.decide({ verdict: "unclear" });
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
  void session.takeBackLast();
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

test("a policy of fewer tasks at once holds from the next hold on", async () => {
  const { session, screen } = await begin(tasks(60));
  const before = screen.last?.left ?? 0;
  session.heard({ seq: 1, kind: "review.settings", payload: { reservation_size: 2 } });
  session.heard({ seq: 2, kind: "round.step", payload: { round: 1, step: "review" } });
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.last?.left).toBeLessThan(before);
});

test("holds are renewed for who is there, and left to run out for who is not", async () => {
  const { session, api } = await begin(tasks(20));
  await vi.advanceTimersByTimeAsync(800_000);
  expect(api.reserved).toBe(1);
  session.move(1);
  await vi.advanceTimersByTimeAsync(4000);
  expect(api.reserved).toBe(2);
});

test("a skipped task goes out of the hand, and comes back when it is taken back", async () => {
  const { session, screen, api } = await begin(tasks(3));
  session.skip("broken");
  await vi.advanceTimersByTimeAsync(0);
  expect([screen.ready_, api.calls]).toEqual([2, ["skip 1 broken"]]);
  void session.takeBackLast();
  await vi.advanceTimersByTimeAsync(0);
  expect([screen.ready_, api.calls.at(-1)]).toEqual([1, "unskip 1"]);
});

test("the last decision of an earlier page can be taken back, and is asked again", async () => {
  const waiting = tasks(2);
  const { session, screen, api } = await begin(waiting);
  const { id, kind, image } = someTask(9);
  api.past = [
    {
      id: "r",
      task: id,
      kind,
      image,
      verdict: "class",
      class: "boot",
      reasons: [],
      at: "2026-01-01",
    },
  ];
  waiting.push(someTask(9));
  await session.takeBackLast();
  await vi.advanceTimersByTimeAsync(0);
  expect(api.calls).toEqual(["take back r"]);
  expect([screen.ready_, screen.said.at(-1)]).toEqual([9, "Taken back: boot"]);
  await session.takeBackLast();
  expect(screen.said.at(-1)).toBe("Nothing to take back");
});

test("any decision of this page can be taken back, not only the last", async () => {
  const { session, screen, answers } = await begin(tasks(3));
  for (const name of ["boot", "coat"]) {
    session.choose(name);
    await vi.advanceTimersByTimeAsync(0);
  }
  const { decisions } = await session.past();
  expect(decisions.map(({ words }) => words)).toEqual(["coat", "boot"]);
  const first = decisions.at(-1);
  if (first) session.takeBack(first);
  await vi.advanceTimersByTimeAsync(0);
  expect(screen.ready_).toBe(1);
  expect(answers.map(({ task }) => task)).toEqual([2]);
});

test("holds that ran out while the machine slept are renewed; what is lost is told once", async () => {
  const { session, screen, api } = await begin(tasks(3));
  api.lost = [1, 3];
  vi.setSystemTime(Date.now() + 3_600_000);
  session.move(1);
  await vi.advanceTimersByTimeAsync(0);
  expect(api.calls).toEqual(["renew"]);
  expect(screen.said.filter((words) => words.includes("other people"))).toEqual([
    "2 questions went to other people while you were away.",
  ]);
  expect([screen.ready_, screen.last?.left]).toEqual([2, 1]);
});

test("offline, the work goes on with what is in hand, and says so", async () => {
  const { session, screen, api, answers } = await begin(tasks(3));
  const [reserve, answer] = [api.reserve, api.answer];
  const broken = () => Promise.reject(new ApiError(0, "offline", "Assay does not answer."));
  api.reserve = broken;
  api.answer = broken;
  session.offline();
  session.choose("boot");
  await vi.advanceTimersByTimeAsync(0);
  session.choose("coat");
  await vi.advanceTimersByTimeAsync(0);
  expect([screen.ready_, screen.last?.waiting, screen.last?.isOffline]).toEqual([3, 2, true]);
  api.reserve = reserve;
  api.answer = answer;
  await session.online();
  expect([answers.length, screen.last?.isOffline, screen.said.at(-1)]).toEqual([
    2,
    false,
    "The line is back",
  ]);
});

test("a tab that is left decides nothing, and goes on where it is said to", async () => {
  const { session, screen, answers } = await begin(tasks(3));
  session.leave();
  session.choose("boot");
  session.skip("unsure");
  await vi.advanceTimersByTimeAsync(3000);
  expect([screen.isAway, session.heldUntil, answers.length]).toEqual([true, null, 0]);
  await session.comeBack();
  expect(screen.ready_).toBe(1);
});

test("who is signed out is told once, and loses nothing", async () => {
  const { session, screen, api } = await begin(tasks(3));
  api.answer = () => Promise.reject(new ApiError(403, "permission_denied", "CSRF failed."));
  session.choose("boot");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(screen.warnings).toHaveLength(1);
  expect(screen.warnings[0]).toContain("sign in again");
  expect(screen.last?.waiting).toBe(1);
});
