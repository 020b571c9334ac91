/**
 * One tab of a person's works at a queue at a time: the newest, or the one in which they say so.
 * Holds belong to people and not to tabs: two tabs at once would show the same pictures.
 */

export interface TabEvents {
  /** Another tab goes on with the work. */
  left(): void;
  /** The other tab is gone: this one goes on. */
  cameBack(): void;
}

type Message = { type: "claim"; stamp: string } | { type: "gone" };
type Channel = Pick<BroadcastChannel, "postMessage" | "addEventListener">;

export class SoleTab {
  isActive = true;
  private stamp = newStamp();

  constructor(
    private readonly channel: Channel,
    private readonly events: TabEvents,
  ) {
    channel.addEventListener("message", ({ data }) => this.hear(data as Message));
    this.claim();
  }

  /** Works here from now on; other tabs leave it. */
  claim(): void {
    this.isActive = true;
    this.stamp = newStamp();
    this.post({ type: "claim", stamp: this.stamp });
  }

  /** The page is being left. */
  close(): void {
    if (!this.isActive) return;
    this.isActive = false;
    this.post({ type: "gone" });
  }

  private hear(message: Message): void {
    if (message.type === "gone") {
      if (this.isActive) return;
      this.claim();
      this.events.cameBack();
    } else if (this.isActive && message.stamp > this.stamp) {
      this.isActive = false;
      this.events.left();
    } else if (this.isActive) {
      // Both began in one moment: the other hears of this one, and leaves.
      this.post({ type: "claim", stamp: this.stamp });
    }
  }

  private post(message: Message): void {
    this.channel.postMessage(message);
  }
}

/** Later ones are greater; two of one millisecond differ. */
function newStamp(): string {
  return `${String(Date.now()).padStart(15, "0")}-${Math.random()}`;
}
