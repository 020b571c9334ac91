/** Numbers and times as people read them; British English. */

const counts = new Intl.NumberFormat("en-GB");

/** 12345 → 12,345 */
export function count(value: number): string {
  return counts.format(value);
}

/** 12345678 → 12.3 MB */
export function bytes(value: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let shown = value;
  let unit = 0;
  for (; shown >= 1000 && unit < units.length - 1; unit += 1) shown /= 1000;
  return `${unit ? shown.toFixed(1) : shown} ${units[unit]}`;
}

/** 0.8123 → 81.2%: one decimal, which is what a few thousand test images can tell apart. */
export function percent(value: number, decimals = 1): string {
  return `${(value * 100).toFixed(decimals)}%`;
}

/** A change in a share, in points: 0.013 → +1.3 points */
export function points(value: number): string {
  const shown = (value * 100).toFixed(1);
  return `${value > 0 ? "+" : ""}${shown.replace("-", "−")} points`;
}

/** 75 → 1 min 15 s */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** How long ago: now, 42 s ago, 5 min ago, 3 h ago, 4 d ago. */
export function ago(then: Date, now = new Date()): string {
  const seconds = Math.max(0, (now.getTime() - then.getTime()) / 1000);
  if (seconds < 5) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** A value on a chart: at most four significant digits, no trailing zeros. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
