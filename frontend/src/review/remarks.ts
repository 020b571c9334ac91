/** What a person says about a task beside deciding: flags, comments, bookmarks. */
import type { Outbox } from "./outbox";
import type { Screen } from "./screen";
import type { RemarkKind, ReviewApi, Task } from "./tasks";

const SAID = { flag: "Flagged for reviewers", comment: "Comment kept", bookmark: "Bookmarked" };

export class Remarks {
  private readonly kinds = new Map<number, Set<RemarkKind>>();

  constructor(
    private readonly api: Pick<ReviewApi, "remarks" | "removeRemark">,
    private readonly outbox: Outbox,
    private readonly screen: Pick<Screen, "marked" | "say" | "warn">,
  ) {}

  /** What is known to be remarked on a task. */
  of(task: Task): Set<RemarkKind> {
    const kinds = this.kinds.get(task.id) ?? new Set(task.bookmarked ? ["bookmark"] : []);
    this.kinds.set(task.id, kinds);
    return kinds;
  }

  /** Remarks on the task in sight; a flag or bookmark that is there is taken away. */
  async toggle(task: Task, kind: RemarkKind, text: string): Promise<void> {
    const kinds = this.of(task);
    if (kind !== "comment" && kinds.has(kind)) {
      await this.remove(task, kind);
      return;
    }
    kinds.add(kind);
    this.outbox.remark({ task: task.id, kind, text });
    this.screen.marked(kinds);
    this.screen.say(SAID[kind]);
  }

  private async remove(task: Task, kind: RemarkKind): Promise<void> {
    try {
      const remarks = await this.api.remarks();
      const mine = remarks.find((remark) => remark.task === task.id && remark.kind === kind);
      if (mine) await this.api.removeRemark(mine.id);
      this.of(task).delete(kind);
      this.screen.marked(this.of(task));
      this.screen.say(kind === "flag" ? "Flag taken away" : "Bookmark taken away");
    } catch (error) {
      this.screen.warn(error instanceof Error ? error.message : String(error));
    }
  }
}
