/** What is sent as one upload: a large file by itself, small ones packed together. */
import { type Row, rowOf } from "./ledger";
import type { Picked } from "./picking";
import { memberStart, tarOf, tarSize } from "./tar";

/** A file's bytes begin at `start` of its parcel. */
interface Piece {
  row: Row;
  start: number;
}

export interface Parcel {
  /** What the server calls it; of the files within, their own names count. */
  path: string;
  /** When its file was last changed, in milliseconds; 0 of packed ones, whose name tells it. */
  modified: number;
  body: Blob;
  pieces: Piece[];
}

/** Bytes below which a file is packed: a request for each would take longer than its bytes. */
const SMALL = 1024 * 1024;
const MOST_PACKED = 16 * 1024 * 1024;
const SENT_ALONE = /\.(zip|tar|tgz|gz|csv|tsv|jsonl|ndjson|json|parquet)$/i;

/** The files in parcels. The same files in the same order always make the same parcels. */
export function parcelsOf(picked: readonly Picked[]): Parcel[] {
  const parcels: Parcel[] = [];
  let batch: Picked[] = [];
  let size = 0;
  const close = () => {
    const [only] = batch;
    if (only) parcels.push(batch.length === 1 ? alone(only) : packed(batch));
    batch = [];
    size = 0;
  };
  for (const one of picked) {
    if (one.file.size >= SMALL || SENT_ALONE.test(one.path)) {
      parcels.push(alone(one));
      continue;
    }
    if (size + tarSize(one) > MOST_PACKED) close();
    batch.push(one);
    size += tarSize(one);
  }
  close();
  return parcels;
}

function alone(one: Picked): Parcel {
  const { path, file } = one;
  return { path, modified: file.lastModified, body: file, pieces: [{ row: rowOf(one), start: 0 }] };
}

function packed(batch: readonly Picked[]): Parcel {
  let at = 0;
  const pieces = batch.map((one) => {
    const piece = { row: rowOf(one), start: at + memberStart(one) };
    at += tarSize(one);
    return piece;
  });
  const told = batch.map(({ path, file }) => `${path}\n${file.size}\n${file.lastModified}`);
  const name = fingerprint(told.join("\n"));
  return { path: `packed-${name}.tar`, modified: 0, body: tarOf(batch), pieces };
}

/** 106 bits of a text (cyrb53, twice); browsers keep their own hashes from pages without HTTPS. */
function fingerprint(text: string): string {
  return [0, 1].map((seed) => cyrb53(text, seed).toString(16).padStart(14, "0")).join("");
}

function cyrb53(text: string, seed: number): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
