/** Sheets of tiles: what is marked, what is passed, what is taken back. Knows no server and no page. */
import { type Arrow, neighbourOf } from "../lib/grid";
import type { Answer, Task, Verdict } from "./tasks";

export const SHEET_SIZE = 24;
/** So many sheets can be taken back: two hold nearly the fifty decisions that the desk lists. */
const PAST_SHEETS = 4;

/** What is wrong with a tile, and the plain `bad` of who does not say. */
export const MARKS = ["bad", "wrong_class", "implausible", "artefact", "near_copy"] as const;
export type Mark = (typeof MARKS)[number];

export interface Tile {
  task: Task;
  mark: Mark | null;
}

export interface Sheet {
  /** The class that all its images were made for; null where that is not known. */
  name: string | null;
  tiles: Tile[];
}

/** A tile whose answer is on its way, or there. */
export interface PassedTile extends Tile {
  key: string;
}

export function verdictOf({ mark }: Tile): Verdict {
  return mark ?? "right";
}

export class Sheets {
  /** The tile that keys mean, on the current sheet. */
  cursor = 0;
  private sheets: Sheet[] = [];
  private readonly passed: PassedTile[][] = [];
  /** Answered here; the server may still tell of them while the answers are on their way. */
  private readonly answered = new Set<number>();
  /** Taken back here; the server may not hold them for us again yet. */
  private readonly restored = new Set<number>();

  get current(): Sheet | undefined {
    return this.sheets[0];
  }

  get next(): Sheet | undefined {
    return this.sheets[1];
  }

  get pointed(): Tile | undefined {
    return this.current?.tiles[this.cursor];
  }

  /** Tiles in this person's hand. */
  get left(): number {
    return this.sheets.reduce((sum, { tiles }) => sum + tiles.length, 0);
  }

  get marked(): number {
    return this.current?.tiles.filter(({ mark }) => mark).length ?? 0;
  }

  /** The last sheet that was passed; empty where none can be taken back. */
  get last(): readonly PassedTile[] {
    return this.passed.at(-1) ?? [];
  }

  /** The class that the next tiles had best be of: that of the last sheet in hand. */
  get lastName(): string | null {
    return this.sheets.at(-1)?.name ?? null;
  }

  /** The tasks of all tiles in hand. */
  get ids(): number[] {
    return this.sheets.flatMap(({ tiles }) => tiles.map(({ task }) => task.id));
  }

  /**
   * Takes over what the server holds for us of one class. What it holds no more is dropped, but
   * for the sheet being looked at, which stays as it is. Returns how many tiles are new.
   */
  sync(held: readonly Task[], name: string | null): number {
    const ids = new Set(held.map(({ id }) => id));
    const [current, ...later] = this.sheets;
    for (const sheet of later.filter((sheet) => sheet.name === name)) {
      sheet.tiles = sheet.tiles.filter(
        ({ task }) => ids.has(task.id) || this.restored.has(task.id),
      );
    }
    for (const id of ids) this.restored.delete(id);
    this.sheets = [...(current ? [current] : []), ...later.filter(({ tiles }) => tiles.length)];
    const known = new Set(this.ids);
    const fresh = held.filter(({ id }) => !known.has(id) && !this.answered.has(id));
    for (const task of fresh) this.append(task, current);
    return fresh.length;
  }

  /** Lets go of everything; another tab goes on with it. */
  clear(): void {
    this.sheets = [];
    this.cursor = 0;
  }

  move(arrow: Arrow, columns: number): void {
    this.cursor = neighbourOf(this.cursor, arrow, this.current?.tiles.length ?? 0, columns);
  }

  point(index: number): void {
    if (this.current?.tiles[index]) this.cursor = index;
  }

  /** Marks the tile under the cursor; marked so already, it is marked no more. */
  mark(mark: Mark): void {
    const tile = this.pointed;
    if (tile) tile.mark = tile.mark === mark ? null : mark;
  }

  /** A touch or a click: marks the tile as bad, or takes away whatever mark it has. */
  toggle(index: number): void {
    this.point(index);
    const tile = this.current?.tiles[index];
    if (tile) tile.mark = tile.mark ? null : "bad";
  }

  /** Answers the whole sheet: the marked as marked, the rest as right. The next becomes current. */
  pass(seconds: number, newKey: () => string): Answer[] {
    const sheet = this.sheets.shift();
    if (!sheet) return [];
    const each = Math.round((seconds * 1000) / sheet.tiles.length) / 1000;
    const tiles = sheet.tiles.map((tile) => ({ ...tile, key: newKey() }));
    this.passed.push(tiles);
    if (this.passed.length > PAST_SHEETS) this.passed.shift();
    for (const { task } of tiles) {
      this.answered.add(task.id);
      this.restored.delete(task.id);
    }
    this.cursor = 0;
    return tiles.map((tile) => ({
      task: tile.task.id,
      verdict: verdictOf(tile),
      seconds: each,
      key: tile.key,
    }));
  }

  /** Shows the last sheet again, with its marks. Returns the keys of the answers to take back. */
  takeBackSheet(): string[] {
    const tiles = this.passed.pop() ?? [];
    if (!tiles.length) return [];
    for (const { task } of tiles) this.restore(task.id);
    const name = tiles[0]?.task.asked_class ?? null;
    this.sheets.unshift({ name, tiles: tiles.map(({ task, mark }) => ({ task, mark })) });
    this.cursor = 0;
    return tiles.map(({ key }) => key);
  }

  /** Puts one tile of the last sheet behind the current one's. Returns its answer's key. */
  takeBackTile(id: number): string | undefined {
    const tiles = this.passed.at(-1);
    const tile = tiles?.find(({ task }) => task.id === id);
    if (!tiles || !tile) return undefined;
    tiles.splice(tiles.indexOf(tile), 1);
    if (!tiles.length) this.passed.pop();
    this.restore(id);
    const again = { task: tile.task, mark: tile.mark };
    const name = tile.task.asked_class;
    if (this.current?.name === name) {
      this.cursor = this.current.tiles.push(again) - 1;
    } else {
      this.sheets.unshift({ name, tiles: [again] });
      this.cursor = 0;
    }
    return tile.key;
  }

  /** Takes a tile out that cannot be answered any more; of an answer that was not kept, its record. */
  lose(id: number): void {
    for (const sheet of this.sheets) {
      sheet.tiles = sheet.tiles.filter(({ task }) => task.id !== id);
    }
    for (const tiles of this.passed) {
      const at = tiles.findIndex(({ task }) => task.id === id);
      if (at >= 0) tiles.splice(at, 1);
    }
    if (this.passed.at(-1)?.length === 0) this.passed.pop();
    this.sheets = this.sheets.filter(({ tiles }) => tiles.length);
    this.answered.delete(id);
    this.restored.delete(id);
    this.cursor = Math.min(this.cursor, Math.max(0, (this.current?.tiles.length ?? 0) - 1));
  }

  /** Takes a tile out that cannot be shown; this page asks for it no more. */
  setAside(id: number): void {
    this.lose(id);
    this.answered.add(id);
  }

  private restore(id: number): void {
    this.answered.delete(id);
    this.restored.add(id);
  }

  /** Behind the last sheet's tiles, unless that one is full, of another class, or being looked at. */
  private append(task: Task, looked: Sheet | undefined): void {
    const name = task.asked_class;
    const last = this.sheets.at(-1);
    const fits = last && last !== looked && last.name === name && last.tiles.length < SHEET_SIZE;
    if (fits) last.tiles.push({ task, mark: null });
    else this.sheets.push({ name, tiles: [{ task, mark: null }] });
  }
}
