import { expect, test } from "vitest";
import { inWords, weight } from "./speech";

const event = (kind: string, payload: Record<string, unknown> = {}) => ({ seq: 1, kind, payload });

test("a step, an end and a failure are told in a sentence", () => {
  expect(inWords(event("round.step", { round: 2, step: "generate" }))).toBe(
    "Round 2 has come to its step generate.",
  );
  expect(inWords(event("job.succeeded", { title: "Train" }))).toBe("Job done: Train.");
  expect(inWords(event("job.failed", { title: "Train", error: "The disk is full." }))).toBe(
    "Job failed: Train. The disk is full.",
  );
  expect(inWords(event("loop.status", { status: "running", reason: "" }))).toBe(
    "The loop is running.",
  );
});

test("progress and counts interrupt nobody", () => {
  for (const kind of ["job.progress", "job.running", "job.queued", "review.counted"]) {
    expect(inWords(event(kind))).toBe("");
  }
});

test("a failure outweighs a step, and a step outweighs a job that is done", () => {
  expect(weight("job.failed")).toBeGreaterThan(weight("round.step"));
  expect(weight("round.step")).toBeGreaterThan(weight("job.succeeded"));
});
