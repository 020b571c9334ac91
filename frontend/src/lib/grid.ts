/** Moving by arrow keys over tiles that flow in rows. */

export type Arrow = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** How many tiles the first row holds, from each tile's distance to the top. */
export function columnsOf(tops: readonly number[]): number {
  const next = tops.findIndex((top) => top !== tops[0]);
  return next < 0 ? Math.max(1, tops.length) : next;
}

/** The tile that an arrow leads to; the same one at an edge, and the first where none was. */
export function neighbourOf(index: number, arrow: Arrow, count: number, columns: number): number {
  if (index < 0) return 0;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[arrow];
  const there = index + step;
  return there >= 0 && there < count ? there : index;
}
