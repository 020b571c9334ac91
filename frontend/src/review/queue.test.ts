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

test("skipped tasks come round again, last", () => {
  const queue = queueOf(1, 2, 3);
  queue.skip();
  expect(order(queue)).toEqual([2, 3, 1]);
  queue.move(-1);
  queue.skip();
  expect(queue.current?.id).toBe(2);
  expect(queueOf(1).left).toBe(1);
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

test("the question changes only when its kind is through", () => {
  const queue = new ReviewQueue();
  queue.sync([someTask(1), someTask(2, "validate"), someTask(3)]);
  expect(order(queue)).toEqual([1, 3, 2]);
  queue.sync([someTask(2, "validate"), someTask(1), someTask(3), someTask(4)]);
  expect(order(queue)).toEqual([1, 3, 4, 2]);
});

test("an empty queue stands still", () => {
  const queue = new ReviewQueue();
  queue.move(1);
  queue.skip();
  expect(queue.answer()).toBeUndefined();
  expect(queue.current).toBeUndefined();
});
