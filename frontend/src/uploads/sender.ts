/** Sends parcels by the tus protocol, some at once; goes on where an earlier try has stopped. */
import { type DetailedError, Upload } from "tus-js-client";
import { csrfToken, errorFrom } from "../lib/api";
import type { Row, State } from "./ledger";
import type { Parcel } from "./parcels";

/** A file that the server has, whole or in part. */
export interface Known {
  id: string;
  path: string;
  size: number;
  received: number;
  /** What its sender told of it, as in `Upload-Metadata`. */
  metadata: string;
}

const AT_ONCE = 3;
const CHUNK_BYTES = 8 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10_000];
const OFFLINE = 0;

/** What makes a file the one that was sent in part. */
const keyOf = ({ path, modified, body }: Parcel): string => `${body.size} ${modified} ${path}`;

function keyOfKnown({ path, size, metadata }: Known): string {
  const pair = metadata.split(",").find((each) => each.startsWith("lastModified "));
  return `${size} ${pair ? atob(pair.split(" ")[1] ?? "") : ""} ${path}`;
}

export class Sender {
  private waiting: Parcel[];
  private readonly active = new Map<Parcel, Upload>();
  private readonly failed = new Set<Parcel>();
  /** By what makes a file: the id of its upload, or that it is there whole. */
  private readonly known: Map<string, string>;
  private paused = false;

  /** `address` is that of the import's uploads; `onChange` is called often. */
  constructor(
    private readonly address: string,
    parcels: readonly Parcel[],
    known: readonly Known[],
    private readonly onChange: () => void,
  ) {
    this.known = new Map(
      known.map((one) => [keyOfKnown(one), one.received === one.size ? "whole" : one.id]),
    );
    this.waiting = parcels.filter((parcel) => {
      const isWhole = this.known.get(keyOf(parcel)) === "whole";
      if (isWhole) settle(parcel, "sent");
      return !isWhole;
    });
  }

  get isPaused(): boolean {
    return this.paused;
  }

  get failures(): number {
    return this.failed.size;
  }

  /** Nothing is on its way, and nothing waits. */
  get isThrough(): boolean {
    return !this.active.size && !this.waiting.length;
  }

  go(): void {
    this.paused = false;
    while (!this.paused && this.active.size < AT_ONCE) {
      const parcel = this.waiting.shift();
      if (!parcel) break;
      this.send(parcel);
    }
    this.onChange();
  }

  /** Stops; what was under way goes on from where it is. */
  pause(): void {
    this.paused = true;
    for (const [parcel, upload] of this.active) {
      void upload.abort();
      settle(parcel, "waiting");
    }
    this.waiting.unshift(...this.active.keys());
    this.active.clear();
    this.onChange();
  }

  /** Tries again what failed. */
  retry(): void {
    for (const parcel of this.failed) settle(parcel, "waiting");
    this.waiting.push(...this.failed);
    this.failed.clear();
    this.go();
  }

  private send(parcel: Parcel): void {
    const begun = this.known.get(keyOf(parcel));
    const upload = new Upload(parcel.body, {
      endpoint: this.address,
      uploadUrl: begun ? `${this.address}${begun}/` : null,
      metadata: { relativePath: parcel.path, lastModified: String(parcel.modified) },
      headers: { "X-CSRFToken": csrfToken() },
      chunkSize: CHUNK_BYTES,
      retryDelays: RETRY_MS,
      storeFingerprintForResuming: false,
      uploadDataDuringCreation: true,
      onUploadUrlAvailable: () => this.remember(parcel, upload),
      onProgress: (bytes) => {
        advance(parcel, bytes);
        this.onChange();
      },
      onSuccess: () => this.end(parcel, "sent"),
      onError: (error) => this.fail(parcel, error),
    });
    this.active.set(parcel, upload);
    settle(parcel, "sending");
    upload.start();
  }

  /** So that a pause or a retry goes on with the same upload. */
  private remember(parcel: Parcel, { url }: Upload): void {
    const id = url?.split("/").at(-2);
    if (id) this.known.set(keyOf(parcel), id);
  }

  private end(parcel: Parcel, state: State, problem = ""): void {
    this.active.delete(parcel);
    settle(parcel, state, problem);
    if (this.paused) this.onChange();
    else this.go();
  }

  private fail(parcel: Parcel, error: Error | DetailedError): void {
    if (!this.active.has(parcel)) return;
    const answer = "originalResponse" in error ? error.originalResponse : null;
    const status = answer?.getStatus() ?? OFFLINE;
    if (status === OFFLINE && !navigator.onLine) {
      this.pause();
      return;
    }
    this.failed.add(parcel);
    this.end(parcel, "failed", problemOf(status, answer?.getBody() ?? ""));
  }
}

/** Takes back a file that was sent in part. */
export const withdraw = (address: string): Promise<void> =>
  Upload.terminate(address, { headers: { "X-CSRFToken": csrfToken() } });

/** What an answer means, in a sentence. */
export function problemOf(status: number, body: string): string {
  if (status === OFFLINE) return "Assay does not answer. Check the connection, then try again.";
  let answer: unknown = null;
  try {
    answer = JSON.parse(body);
  } catch {
    // A proxy's page, perhaps: the status says enough.
  }
  return errorFrom(status, answer).message;
}

function settle(parcel: Parcel, state: State, problem = ""): void {
  for (const { row } of parcel.pieces) {
    row.state = state;
    row.problem = problem;
    if (state === "sent") row.sent = row.size;
  }
}

function advance(parcel: Parcel, bytes: number): void {
  for (const { row, start } of parcel.pieces) {
    row.sent = Math.min(row.size, Math.max(0, bytes - start));
  }
}

/** All rows of some parcels, in their order. */
export const rowsOf = (parcels: readonly Parcel[]): Row[] =>
  parcels.flatMap(({ pieces }) => pieces.map(({ row }) => row));
