/** Why there is nothing to review. */
import type { Counts, RoundState } from "./tasks";

export interface Emptiness {
  title: string;
  text: string;
}

const BY_ITSELF = "This page goes on by itself.";

export function emptiness(counts: Counts, round: RoundState | undefined): Emptiness {
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
