/** How long a look takes, and how many decisions a minute that makes. */

const LAST = 20;

/** Decisions a minute by the median gap of the last twenty, so that a break does not count. */
export function pace(times: readonly number[]): number | null {
  const recent = times.slice(-LAST - 1);
  const gaps = recent.slice(1).map((time, index) => time - (recent[index] ?? time));
  gaps.sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)];
  return median ? 60_000 / median : null;
}

/** Seconds of looking: it stands while the page is hidden. */
export class Stopwatch {
  private elapsed = 0;
  private since: number | null = null;

  constructor(private readonly now: () => number = () => performance.now()) {}

  restart(): void {
    this.elapsed = 0;
    this.since = this.now();
  }

  pause(): void {
    this.elapsed = this.milliseconds;
    this.since = null;
  }

  resume(): void {
    this.since ??= this.now();
  }

  get seconds(): number {
    return Math.round(this.milliseconds) / 1000;
  }

  private get milliseconds(): number {
    return this.elapsed + (this.since === null ? 0 : this.now() - this.since);
  }
}
