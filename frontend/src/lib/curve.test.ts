import { expect, test } from "vitest";
import { panels, withPoint } from "./curve";

const curve = { steps: [10, 20], series: { loss: [2, 1] } };

test("a new point is added, and a series that comes late has no values before", () => {
  expect(withPoint(curve, 30, { loss: 0.5, accuracy: 0.7 })).toEqual({
    steps: [10, 20, 30],
    series: { loss: [2, 1, 0.5], accuracy: [null, null, 0.7] },
  });
});

test("after a resume, steps that are measured again replace what came after them", () => {
  expect(withPoint(curve, 20, { loss: 1.5 })).toEqual({
    steps: [10, 20],
    series: { loss: [2, 1.5] },
  });
});

test("progress without values leaves the curve as it is", () => {
  expect(withPoint(curve, 30, {})).toBe(curve);
});

test("shares of one get an axis of their own", () => {
  const both = { steps: [1], series: { loss: [1], train_accuracy: [0.5] } };
  expect(panels(both).map((panel) => panel.names)).toEqual([["loss"], ["train_accuracy"]]);
});
