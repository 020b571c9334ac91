/** The tasks that this person holds, in the order in which they are shown. Knows no server and no page. */
import type { Task } from "./tasks";

export class ReviewQueue {
  private tasks: Task[] = [];
  private at = 0;
  /** Answered here; the server may still tell of them while the answers are on their way. */
  private readonly answered = new Set<number>();
  /** Taken back here; the server may not hold them for us again yet. */
  private readonly restored = new Set<number>();

  get current(): Task | undefined {
    return this.tasks[this.at];
  }

  get left(): number {
    return this.tasks.length;
  }

  /** The next `count` tasks after the current one, in the order in which they will come. */
  upcoming(count: number): Task[] {
    const after = [...this.tasks.slice(this.at + 1), ...this.tasks.slice(0, this.at)];
    return after.slice(0, count);
  }

  /**
   * Takes over what the server holds for us. What it holds no more is dropped, but for the task
   * being looked at. Tasks of the current kind come first, so that the question changes rarely.
   * Returns how many tasks are new.
   */
  sync(held: readonly Task[]): number {
    const ids = new Set(held.map((task) => task.id));
    const current = this.current;
    const kept = this.tasks.filter(
      (task) => task === current || ids.has(task.id) || this.restored.has(task.id),
    );
    const known = new Set(kept.map((task) => task.id));
    const fresh = held.filter((task) => !known.has(task.id) && !this.answered.has(task.id));
    for (const id of ids) this.restored.delete(id);
    const all = [...kept, ...fresh];
    const kind = (current ?? all[0])?.kind;
    this.tasks = [
      ...all.filter((task) => task.kind === kind),
      ...all.filter((task) => task.kind !== kind),
    ];
    this.at = current ? this.tasks.indexOf(current) : 0;
    return fresh.length;
  }

  /** Takes the current task out, as answered; the next one becomes current. */
  answer(): Task | undefined {
    const task = this.current;
    if (!task) return undefined;
    this.tasks.splice(this.at, 1);
    this.answered.add(task.id);
    this.restored.delete(task.id);
    if (this.at >= this.tasks.length) this.at = 0;
    return task;
  }

  /** Shows a task again whose answer was taken back. */
  restore(task: Task): void {
    this.answered.delete(task.id);
    this.restored.add(task.id);
    this.tasks.splice(this.at, 0, task);
  }

  /** An answer was not stored: should the server hold the task for us again, it is shown. */
  forget(task: number): void {
    this.answered.delete(task);
  }

  /** Takes a task out that cannot be answered any more. */
  lose(task: number): void {
    const current = this.current;
    this.tasks = this.tasks.filter((held) => held.id !== task);
    this.restored.delete(task);
    if (current?.id !== task) this.at = current ? this.tasks.indexOf(current) : 0;
    else if (this.at >= this.tasks.length) this.at = 0;
  }

  /** Puts the current task behind all others. */
  skip(): void {
    const [task] = this.tasks.splice(this.at, 1);
    if (task) this.tasks.push(task);
    if (this.at >= this.tasks.length - 1) this.at = 0;
  }

  /** Goes to the next (1) or the last (-1) task without deciding. */
  move(by: 1 | -1): void {
    if (this.tasks.length) this.at = (this.at + by + this.tasks.length) % this.tasks.length;
  }
}
