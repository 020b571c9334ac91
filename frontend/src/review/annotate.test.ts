import { expect, test } from "vitest";
import { chosenBy, ordinal } from "./annotate";
import { someTask } from "./samples";

test("a score is told as a score, a place in a batch as a place", () => {
  expect(chosenBy(someTask(1))).toBe("By margin: 0.90");
  const batch = { ...someTask(1), strategy: "badge", strategy_name: "BADGE", score: null };
  expect(chosenBy({ ...batch, place: 3 })).toBe("Chosen 3rd by BADGE");
  expect(chosenBy(batch)).toBe("");
});

test("places end as people say them", () => {
  const places = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111];
  expect(places.map(ordinal).join(" ")).toBe("1st 2nd 3rd 4th 11th 12th 13th 21st 102nd 111th");
});
