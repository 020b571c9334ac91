/** The tasks that this person holds, in the order in which they are shown. Knows no server and no page. */
import type { Kind, Task } from "./tasks";

/** The task in sight and the next ones: they come as they are, whatever else arrives. */
const SOON = 6;

/** Kind by kind, in the order in which the kinds appear; `first` goes before all. */
function byKind(tasks: readonly Task[], first: Kind | undefined): Task[] {
  const kinds = new Set([...(first ? [first] : []), ...tasks.map(({ kind }) => kind)]);
  return [...kinds].flatMap((kind) => tasks.filter((task) => task.kind === kind));
}

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
   * being looked at. What comes soon stays, as its pictures are here already; the rest is grouped
   * by kind, so that the question changes rarely.
   * Returns how many tasks are new.
   */
  sync(held: readonly Task[]): number {
    const ids = new Set(held.map((task) => task.id));
    const current = this.current;
    const ring = [...this.tasks.slice(this.at), ...this.tasks.slice(0, this.at)];
    const kept = ring.filter(
      (task) => task === current || ids.has(task.id) || this.restored.has(task.id),
    );
    const known = new Set(kept.map((task) => task.id));
    const fresh = held.filter((task) => !known.has(task.id) && !this.answered.has(task.id));
    for (const id of ids) this.restored.delete(id);
    const soon = kept.slice(0, SOON);
    this.tasks = [...soon, ...byKind([...kept.slice(SOON), ...fresh], soon.at(-1)?.kind)];
    this.at = 0;
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

  /** Lets go of all tasks, as another tab goes on with them. */
  clear(): void {
    this.tasks = [];
    this.at = 0;
  }

  /** Takes a task out that cannot be answered any more. */
  lose(task: number): void {
    const current = this.current;
    this.tasks = this.tasks.filter((held) => held.id !== task);
    this.restored.delete(task);
    if (current?.id !== task) this.at = current ? this.tasks.indexOf(current) : 0;
    else if (this.at >= this.tasks.length) this.at = 0;
  }

  /** Makes a held task the current one. Whether it is held. */
  bring(task: number): boolean {
    const at = this.tasks.findIndex(({ id }) => id === task);
    if (at >= 0) this.at = at;
    return at >= 0;
  }

  get ids(): number[] {
    return this.tasks.map(({ id }) => id);
  }

  /** Goes to the next (1) or the last (-1) task without deciding. */
  move(by: 1 | -1): void {
    if (this.tasks.length) this.at = (this.at + by + this.tasks.length) % this.tasks.length;
  }
}
