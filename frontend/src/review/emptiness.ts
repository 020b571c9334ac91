/** Why there is nothing to review. */
import type { Counts, Kind, RoundState } from "./tasks";

export interface Emptiness {
  title: string;
  text: string;
}

const BY_ITSELF = "This page goes on by itself.";

/** Of questions that no round asks. */
const OF_ONE_KIND: Partial<Record<Kind, Emptiness>> = {
  adjudicate: {
    title: "Nobody disagrees",
    text: `Where people's answers to a question differ, it comes here, but for those that another reviewer has before them. ${BY_ITSELF}`,
  },
  realism: {
    title: "No blind look waits for you",
    text: `When a test of a batch is started, its images come here. ${BY_ITSELF}`,
  },
};

/** With `only`, of a page that asks questions of that kind alone. */
export function emptiness(
  counts: Counts,
  round: RoundState | undefined,
  only?: Kind | null,
): Emptiness {
  const known = only && OF_ONE_KIND[only];
  if (known) return known;
  const held = counts.open_annotate + counts.open_validate;
  const done = counts.annotated + counts.validated;
  const isAsking = !round || round.step === "review";
  if (held > 0 && isAsking) {
    const tasks = held === 1 ? "The last question is" : `The last ${held} questions are`;
    return {
      title: "Others are at it",
      text: `${tasks} with other people. Those that run out come to you. ${BY_ITSELF}`,
    };
  }
  if (done > 0 && isAsking) {
    return {
      title: "All done",
      text: `Round ${counts.round} has all its answers, ${done} of them. ${BY_ITSELF}`,
    };
  }
  if (!round) {
    return {
      title: "No round has begun",
      text: "Questions come when the loop runs: a manager starts it on Overview.",
    };
  }
  if (["train", "score", "select", "generate"].includes(round.step)) {
    return {
      title: "Nothing to review yet",
      text: `Round ${round.number} is at its step ${round.step}; questions come with its step review. ${BY_ITSELF}`,
    };
  }
  return {
    title: "All done for this round",
    text: `Round ${round.number} is past its review. The next round brings new questions. ${BY_ITSELF}`,
  };
}
