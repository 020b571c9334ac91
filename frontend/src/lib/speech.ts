/** What happens in the background, told to those who do not see it: politely, and not too often. */
import { throttle } from "./dom";
import { connectPageEvents, type ProjectEvent } from "./events";

const EVERY_MS = 10_000;

/** An event in a sentence; empty where it is not worth interrupting anybody. */
export function inWords({ kind, payload }: ProjectEvent): string {
  switch (kind) {
    case "round.step":
      return `Round ${payload.round} has come to its step ${payload.step}.`;
    case "round.done":
      return `Round ${payload.round} is done.`;
    case "loop.status":
      return `The loop is ${payload.status}. ${payload.reason ?? ""}`.trim();
    case "job.succeeded":
      return `Job done: ${payload.title}.`;
    case "job.cancelled":
      return `Job cancelled: ${payload.title}.`;
    case "job.failed":
      return `Job failed: ${payload.title}. ${payload.error ?? ""}`.trim();
    case "training.alarm":
      return `Alarm: ${payload.message}`;
    case "review.settings":
      return "The review policy was changed.";
    default:
      return "";
  }
}

/** How much a sentence matters: of several in a few seconds only one is said. */
export function weight(kind: string): number {
  if (["job.failed", "loop.status", "training.alarm"].includes(kind)) return 3;
  return kind.startsWith("job.") ? 1 : 2;
}

/** Says what happens in `region`, at most every ten seconds; the newest of what weighs most. */
export function announceEvents(region: HTMLElement): void {
  let next = { words: "", weight: 0 };
  const say = throttle(EVERY_MS, () => {
    region.textContent = next.words;
    next = { words: "", weight: 0 };
  });
  connectPageEvents((event) => {
    const words = inWords(event);
    if (!words || weight(event.kind) < next.weight) return;
    next = { words, weight: weight(event.kind) };
    say();
  });
}
