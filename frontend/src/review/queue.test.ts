import { expect, test } from "vitest";
import { ReviewQueue } from "./queue";
import { someTask } from "./samples";

const annotate = (...ids: number[]) => ids.map((id) => someTask(id));
const queueOf = (...ids: number[]) => {
  const queue = new ReviewQueue();
  queue.sync(annotate(...ids));
  return queue;
};
const order = (queue: ReviewQueue) =>
  [queue.current, ...queue.upcoming(99)].map((task) => task?.id);

test("an answered task does not come back while its answer is on its way", () => {
  const queue = queueOf(1, 2, 3);
  expect(queue.answer()?.id).toBe(1);
  expect(queue.sync(annotate(1, 2, 3, 4))).toBe(1);
  expect(order(queue)).toEqual([2, 3, 4]);
});

test("a task whose answer was not stored may come back", () => {
  const queue = queueOf(1, 2);
  queue.answer();
  queue.forget(1);
  queue.sync(annotate(1, 2));
  expect(order(queue)).toEqual([2, 1]);
});

test("what is taken back is shown at once and kept until the server holds it again", () => {
  const queue = queueOf(1, 2);
  const task = queue.answer();
  if (task) queue.restore(task);
  queue.move(1);
  queue.sync(annotate(2));
  expect(order(queue)).toEqual([2, 1]);
  queue.sync(annotate(1, 2));
  queue.sync(annotate(2));
  expect(order(queue)).toEqual([2]);
});

test("a lost hold is dropped, but never the picture that is being looked at", () => {
  const queue = queueOf(1, 2, 3);
  queue.sync(annotate(3));
  expect(order(queue)).toEqual([1, 3]);
});

test("a held task can be brought to the front, another cannot", () => {
  const queue = queueOf(1, 2, 3);
  expect(queue.bring(3)).toBe(true);
  expect(order(queue)).toEqual([3, 1, 2]);
  expect(queue.bring(9)).toBe(false);
  expect(queue.current?.id).toBe(3);
});

test("moving goes round in both directions", () => {
  const queue = queueOf(1, 2, 3);
  queue.move(-1);
  expect(order(queue)).toEqual([3, 1, 2]);
  queue.move(1);
  expect(queue.current?.id).toBe(1);
  queue.move(-1);
  queue.answer();
  expect(queue.current?.id).toBe(1);
});

test("tasks come kind by kind, and what comes soon stays where it is", () => {
  const queue = new ReviewQueue();
  queue.sync([someTask(1), someTask(2, "validate"), someTask(3)]);
  expect(order(queue)).toEqual([1, 3, 2]);
  queue.sync(
    [1, 2, 3, 4, 5].map((id) => someTask(id, id === 2 || id === 5 ? "validate" : "annotate")),
  );
  expect(order(queue)).toEqual([1, 3, 2, 5, 4]);
});

test("an empty queue stands still", () => {
  const queue = new ReviewQueue();
  queue.move(1);
  expect(queue.bring(1)).toBe(false);
  expect(queue.answer()).toBeUndefined();
  expect(queue.current).toBeUndefined();
});
