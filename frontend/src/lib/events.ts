/** The project's numbered event log, live: /ws/projects/<slug>/events/?after=<seq>. */

export interface ProjectEvent {
  seq: number;
  kind: string;
  payload: Record<string, unknown>;
}

export type OnEvent = (event: ProjectEvent) => void;

/** What an arriving number means after `last`: the log has no gaps, so a gap means that we missed some. */
export function judge(seq: number, last: number): "next" | "known" | "gap" {
  if (seq <= last) return "known";
  return seq === last + 1 ? "next" : "gap";
}

/** Milliseconds to wait before the nth try to connect again: 0.5 s, doubling up to 10 s. */
export function backoff(tries: number): number {
  return Math.min(10_000, 500 * 2 ** tries);
}

/** Whether the server closed because it will not have us: signed out, no member any more. */
export function isRefusal(code: number): boolean {
  return code >= 4400 && code < 4500;
}

/** One connection a project and page, whoever listens. */
class EventStream {
  private readonly listeners = new Set<OnEvent>();
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;

  constructor(
    private readonly slug: string,
    private last: number,
  ) {}

  add(listener: OnEvent): () => void {
    this.listeners.add(listener);
    if (!this.socket && this.timer === undefined) this.connect();
    return () => this.listeners.delete(listener);
  }

  private connect(): void {
    this.timer = undefined;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const path = `/ws/projects/${this.slug}/events/?after=${this.last}`;
    const socket = new WebSocket(`${scheme}://${location.host}${path}`);
    this.socket = socket;
    socket.addEventListener("message", (message) => {
      if (socket === this.socket) this.receive(JSON.parse(message.data) as ProjectEvent);
    });
    socket.addEventListener("open", () => {
      document.documentElement.dataset.live = "yes";
    });
    socket.addEventListener("close", ({ code }) => {
      if (socket === this.socket && !isRefusal(code)) this.reconnect();
    });
  }

  private receive(event: ProjectEvent): void {
    if (typeof event.seq !== "number") return;
    const meaning = judge(event.seq, this.last);
    if (meaning === "known") return;
    if (meaning === "gap") {
      this.socket?.close();
      return;
    }
    this.tries = 0;
    this.last = event.seq;
    for (const listener of this.listeners) listener(event);
  }

  private reconnect(): void {
    document.documentElement.dataset.live = "no";
    this.timer = setTimeout(() => this.connect(), backoff(this.tries));
    this.tries += 1;
  }
}

const streams = new Map<string, EventStream>();

/**
 * Calls `onEvent` with every event after number `after`, in order, each once, across lost
 * connections. Returns a function that stops. Listeners of one project share a connection,
 * and the first one's `after` counts.
 */
export function connectEvents(slug: string, after: number, onEvent: OnEvent): () => void {
  let stream = streams.get(slug);
  if (!stream) {
    stream = new EventStream(slug, after);
    streams.set(slug, stream);
  }
  return stream.add(onEvent);
}

/** The same for the project whose page this is, from the moment that the page was drawn. */
export function connectPageEvents(onEvent: OnEvent): () => void {
  const { project, lastSeq } = document.body.dataset;
  if (!project) throw new Error("This page belongs to no project.");
  return connectEvents(project, Number(lastSeq ?? 0), onEvent);
}
