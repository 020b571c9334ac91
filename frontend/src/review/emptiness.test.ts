import { expect, test } from "vitest";
import { emptiness } from "./emptiness";

const none = { round: null, annotated: 0, validated: 0, open_annotate: 0, open_validate: 0 };
const at = (step: string) => ({ number: 2, step });

test("an empty queue says why", () => {
  expect(emptiness(none, undefined).title).toBe("No round has begun");
  expect(emptiness(none, at("train")).text).toContain("at its step train");
  expect(emptiness({ ...none, annotated: 9 }, at("review")).text).toContain("9 of them");
  expect(emptiness({ ...none, annotated: 9 }, at("mix")).text).toContain("past its review");
  expect(emptiness({ ...none, open_validate: 3 }, at("review")).text).toContain("last 3 questions");
  expect(emptiness({ ...none, open_validate: 3 }, at("review"), "adjudicate").title).toBe(
    "Nobody disagrees",
  );
  expect(emptiness({ ...none, open_validate: 3 }, at("review"), "validate").text).toContain(
    "last 3",
  );
});
