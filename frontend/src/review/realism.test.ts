import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Stage } from "./mode";
import { realism } from "./realism";
import { someTask } from "./samples";

function someStage(): { stage: Stage; said: string[]; classes: Set<string> } {
  const classes = new Set<string>();
  const classList = {
    add: (name: string) => classes.add(name),
    remove: (name: string) => classes.delete(name),
  };
  const said: string[] = [];
  const stage = {
    mat: { classList },
    picture: {},
    speak: (words: string) => said.push(words),
  } as unknown as Stage;
  return { stage, said, classes };
}

describe("a look of limited time", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("covers the picture when its time is over, and uncovers the next one's mat", () => {
    const { stage, said, classes } = someStage();
    const leave = realism.stage?.({ ...someTask(1, "realism"), exposure_ms: 500 }, stage);
    vi.advanceTimersByTime(499);
    expect(classes.size).toBe(0);
    vi.advanceTimersByTime(1);
    expect([...classes]).toEqual(["is-covered"]);
    expect(said).toHaveLength(1);
    leave?.();
    expect(classes.size).toBe(0);
  });

  it("does not cover the next task's picture when one was answered early", () => {
    const { stage, classes } = someStage();
    realism.stage?.({ ...someTask(2, "realism"), exposure_ms: 500 }, stage)();
    vi.advanceTimersByTime(1000);
    expect(classes.size).toBe(0);
  });

  it("shows nothing more of a picture that was seen once", () => {
    const { stage, classes } = someStage();
    const task = { ...someTask(3, "realism"), exposure_ms: 500 };
    realism.stage?.(task, stage)();
    realism.prepare?.(task, stage.mat);
    expect([...classes]).toEqual(["is-covered"]);
    const leave = realism.stage?.(task, stage);
    expect([...classes]).toEqual(["is-covered"]);
    leave?.();
    expect(classes.size).toBe(0);
  });

  it("lasts as long as the person likes where the test sets no limit", () => {
    const { stage, classes } = someStage();
    const task = someTask(4, "realism");
    realism.stage?.(task, stage)();
    realism.prepare?.(task, stage.mat);
    vi.advanceTimersByTime(60_000);
    expect(classes.size).toBe(0);
  });
});
