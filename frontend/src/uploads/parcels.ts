/** What is sent as one upload: a large file by itself, small images packed together. */
import { type Row, rowOf } from "./ledger";
import type { Picked } from "./picking";

/** A file's bytes begin at `start` of its parcel. */
interface Piece {
  row: Row;
  start: number;
}

export interface Parcel {
  path: string;
  body: Blob;
  pieces: Piece[];
}

export function parcelsOf(picked: readonly Picked[]): Parcel[] {
  return picked.map((one) => ({
    path: one.path,
    body: one.file,
    pieces: [{ row: rowOf(one), start: 0 }],
  }));
}
