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

test("series of one kind share an axis, and shares of one have theirs", () => {
  const names = ["r1", "loss_d", "loss_g", "real_score", "fake_score", "train_accuracy"];
  const all = { steps: [1], series: Object.fromEntries(names.map((name) => [name, [0.5]])) };
  expect(panels(all).map((panel) => [panel.title, panel.names, panel.isShare])).toEqual([
    ["Loss", ["loss_d", "loss_g"], false],
    ["Accuracy", ["train_accuracy"], true],
    ["Scores", ["real_score", "fake_score"], false],
    ["Others", ["r1"], false],
  ]);
});

test("a generator's health has axes of its own, and the ends of intervals are no lines", () => {
  const names = ["coverage", "coverage_low", "coverage_high", "kid", "kid_low", "kid_high"];
  const more = ["gradient_d", "gradient_g", "overfitting", "augmentation"];
  const all = { steps: [1], series: Object.fromEntries([...names, ...more].map((n) => [n, [1]])) };
  expect(panels(all).map((panel) => [panel.title, panel.names, panel.isShare])).toEqual([
    ["Coverage", ["coverage"], true],
    ["KID", ["kid"], false],
    ["Gradients", ["gradient_d", "gradient_g"], false],
    ["Overfitting", ["overfitting", "augmentation"], false],
  ]);
});
