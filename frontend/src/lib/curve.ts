/** A training curve by column, as the server sends it and as events make it grow. */

export interface Curve {
  steps: number[];
  series: Record<string, (number | null)[]>;
}

/** The curve with what was measured at `step`; a step measured again, after a resume, replaces. */
export function withPoint(curve: Curve, step: number, values: Record<string, number>): Curve {
  if (Object.keys(values).length === 0) return curve;
  const kept = curve.steps.filter((known) => known < step).length;
  const names = [...new Set([...Object.keys(curve.series), ...Object.keys(values)])];
  const series = names.map((name) => {
    const before = curve.series[name] ?? curve.steps.map(() => null);
    const grown: (number | null)[] = [...before.slice(0, kept), values[name] ?? null];
    return [name, grown] as const;
  });
  return { steps: [...curve.steps.slice(0, kept), step], series: Object.fromEntries(series) };
}

/** Series that share an axis: shares of one in one chart, everything else in another. */
export function panels(curve: Curve): { title: string; names: string[]; isShare: boolean }[] {
  const names = Object.keys(curve.series);
  const shares = names.filter((name) => /accuracy|share|coverage/.test(name));
  const others = names.filter((name) => !shares.includes(name));
  return [
    ...(others.length ? [{ title: "Loss", names: others, isShare: false }] : []),
    ...(shares.length ? [{ title: "Accuracy", names: shares, isShare: true }] : []),
  ];
}

/** A series' name for people: train_accuracy → train accuracy. */
export function seriesTitle(name: string): string {
  return name.replaceAll("_", " ");
}
