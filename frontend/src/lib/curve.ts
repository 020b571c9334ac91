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

export interface Panel {
  title: string;
  names: string[];
  isShare: boolean;
}

/** What shares an axis: series of one kind, so that few lines lie over one another. */
const KINDS = [
  { title: "Loss", pattern: /loss/, isShare: false },
  { title: "Accuracy", pattern: /accuracy|share/, isShare: true },
  { title: "Coverage", pattern: /coverage/, isShare: true },
  { title: "KID", pattern: /^kid$/, isShare: false },
  { title: "Scores", pattern: /score/, isShare: false },
  { title: "Gradients", pattern: /gradient/, isShare: false },
  { title: "Overfitting", pattern: /overfitting|augmentation/, isShare: false },
  { title: "Others", pattern: /./, isShare: false },
];

/** The curve's series by kind, each in the first that it fits; the ends of intervals are none. */
export function panels(curve: Curve): Panel[] {
  const left = new Set(Object.keys(curve.series));
  for (const name of [...left]) for (const end of ends(name)) left.delete(end);
  return KINDS.flatMap(({ title, pattern, isShare }) => {
    const found = [...left].filter((name) => pattern.test(name));
    for (const name of found) left.delete(name);
    return found.length ? [{ title, names: found, isShare }] : [];
  });
}

/** The series that hold the ends of another's intervals, where it has any. */
export function ends(name: string): [low: string, high: string] {
  return [`${name}_low`, `${name}_high`];
}

/** A series' name for people: train_accuracy → train accuracy. */
export function seriesTitle(name: string): string {
  return name === "kid" ? "KID" : name.replaceAll("_", " ");
}
