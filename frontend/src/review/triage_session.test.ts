import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../lib/api";
import { someTask } from "./samples";
import { SHEET_SIZE, type Sheets } from "./sheets";
import type { Answer, Outcome, Task } from "./tasks";
import type { TriageProgress } from "./triage_screen";
import { type SheetScreen, type TriageApi, TriageSession } from "./triage_session";

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { hidden: false });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ids = (sheets: Sheets) => sheets.current?.tiles.map(({ task }) => task.id) ?? [];

/** A screen that notes what it is told. */
class NotedScreen implements SheetScreen {
  columns = 6;
  shown: number[][] = [];
  isReady = false;
  emptied = "";
  isAway = false;
  said: string[] = [];
  warnings: string[] = [];
  last: TriageProgress | undefined;
  show(sheets: Sheets): void {
    this.shown.push(ids(sheets));
    this.isReady = false;
  }
  ready(): void {
    this.isReady = true;
  }
  tiles(): void {}
  marks(): void {}
  empty(title: string): void {
    this.emptied = title;
  }
  away(): void {
    this.isAway = true;
  }
  progress(now: TriageProgress): void {
    this.last = now;
  }
  say(words: string): void {
    this.said.push(words);
  }
  warn(message: string): void {
    this.warnings.push(message);
  }
}

/** A queue of coats, then boots, as the server holds them for one person. */
class Server implements TriageApi {
  waiting: Task[];
  answers: Answer[] = [];
  takenBack: string[] = [];
  asked: (string | null)[] = [];
  isDown = false;
  notice = "";
  refuses = false;

  constructor(coats: number, boots = 0) {
    this.waiting = Array.from({ length: coats + boots }, (_, index) => ({
      ...someTask(index + 1, "validate"),
      asked_class: index < coats ? "coat" : "boot",
    }));
  }
  async reserve(size: number, name: string | null) {
    this.up();
    this.asked.push(name);
    const wanted = name ?? this.waiting[0]?.asked_class;
    const tasks = this.waiting.filter(({ asked_class }) => asked_class === wanted);
    const expires_at = new Date(Date.now() + 9e5).toISOString();
    return { tasks: tasks.slice(0, size), expires_at, notice: this.notice };
  }
  async answer(answers: Answer[]): Promise<Outcome[]> {
    this.up();
    if (this.refuses) {
      return answers.map(({ key }) => ({ key, status: "refused", id: null, message: "Too late." }));
    }
    this.answers.push(...answers);
    this.waiting = this.waiting.filter(({ id }) => !answers.some(({ task }) => task === id));
    return answers.map(({ key }) => ({ key, status: "stored", id: `review ${key}`, message: "" }));
  }
  async takeBack(review: string) {
    this.up();
    this.takenBack.push(review);
  }
  async renew(tasks: number[]) {
    return { held: tasks, lost: [], expires_at: new Date(Date.now() + 9e5).toISOString() };
  }
  async skip() {}
  async unskip() {}
  async remark() {}
  private up(): void {
    if (this.isDown) throw new ApiError(0, "offline", "No line.");
  }
}

async function begin(server: Server, brokenUrl = "") {
  const screen = new NotedScreen();
  const session = new TriageSession({
    name: null,
    api: server,
    shelf: { load: () => [], put: () => true, remove() {} },
    pictures: {
      get: (url) =>
        url === brokenUrl ? Promise.reject(new Error("gone")) : Promise.resolve({} as never),
      prepare() {},
    },
    screen,
  });
  await session.start();
  await settle();
  return { screen, session };
}

const settle = () => vi.advanceTimersByTimeAsync(10);

test("a passed sheet goes out as one answer a tile, and the next one is there", async () => {
  const server = new Server(60);
  const { screen, session } = await begin(server);
  session.toggle(3);
  session.pass();
  await settle();
  expect(screen.shown[1]?.[0]).toBe(SHEET_SIZE + 1);
  expect(server.answers).toHaveLength(SHEET_SIZE);
  expect(server.answers.filter(({ verdict }) => verdict === "bad").map(({ task }) => task)).toEqual(
    [4],
  );
  expect(new Set(server.answers.map(({ key }) => key)).size).toBe(SHEET_SIZE);
  expect(screen.said).toEqual(["23 passed, 1 refused"]);
});

test("a sheet is not passed before its pictures are there, nor twice", async () => {
  const server = new Server(60);
  const { screen, session } = await begin(server);
  session.pass();
  session.pass();
  await settle();
  expect(server.answers).toHaveLength(SHEET_SIZE);
  expect(screen.isReady).toBe(true);
});

test("without a line two sheets can be passed; all of it arrives later, once", async () => {
  const server = new Server(60);
  const { screen, session } = await begin(server);
  server.isDown = true;
  session.pass();
  await settle();
  session.pass();
  await settle();
  expect(screen.last).toMatchObject({ waiting: 48, problem: "No line." });
  expect(screen.emptied).toBeTruthy();
  server.isDown = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.answers.map(({ task }) => task)).toEqual(
    Array.from({ length: 48 }, (_, index) => index + 1),
  );
  expect(screen.last?.waiting).toBe(0);
  expect(screen.shown.at(-1)).toHaveLength(12);
});

test("when a class is done, another follows", async () => {
  const server = new Server(10, 5);
  const { screen } = await begin(server);
  expect(screen.shown).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(server.asked).toContain("coat");
  expect(server.asked.at(-1)).toBeNull();
});

test("taking back tells the server of each answer of the sheet", async () => {
  const server = new Server(60);
  const { screen, session } = await begin(server);
  session.pass();
  await settle();
  session.takeBackTile(2);
  session.takeBack();
  await settle();
  expect(server.takenBack).toHaveLength(SHEET_SIZE);
  expect(new Set(server.takenBack).size).toBe(SHEET_SIZE);
  expect(screen.last?.mine).toBe(0);
});

test("what was not kept is told in one sentence", async () => {
  const server = new Server(60);
  const { screen, session } = await begin(server);
  server.refuses = true;
  session.pass();
  await vi.advanceTimersByTimeAsync(1000);
  expect(screen.warnings).toEqual(["24 decisions were not kept. Too late."]);
});

test("a picture that cannot be loaded is not on the sheet", async () => {
  const server = new Server(24);
  const { screen, session } = await begin(server, "/3/thumbnail/");
  session.pass();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(screen.warnings).toHaveLength(1);
  expect(server.answers.map(({ task }) => task)).not.toContain(3);
  expect(server.answers).toHaveLength(SHEET_SIZE - 1);
});

test("another tab goes on with the work, and this one comes back", async () => {
  const server = new Server(60);
  const { screen, session } = await begin(server);
  session.leave();
  expect(screen.isAway).toBe(true);
  const asked = server.asked.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toHaveLength(asked);
  await session.comeBack();
  await settle();
  expect(screen.shown.at(-1)).toHaveLength(SHEET_SIZE);
});

test("what the server wants the person to know is told once", async () => {
  const server = new Server(60);
  server.notice = "Your gold answers fell.";
  const { screen, session } = await begin(server);
  session.pass();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(screen.warnings).toEqual(["Your gold answers fell."]);
});
