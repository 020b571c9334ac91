/** Where a picture lies in a generator's latent space, and how people come from one to the next. */

/** A point that a walk begins or ends at, by exactly one of the three. */
export interface Start {
  /** Any random latent. */
  seed?: number;
  /** A synthetic image of this very generator. */
  image?: number;
  /** The job that found a real image. */
  inversion?: string;
}

/** From one share of a generator's depth to another; coarse structure comes first. */
export type Layers = [number, number];

export interface Recipe {
  checkpoint: number;
  /** The class's id. */
  class: number;
  start: Start;
  towards: Start | null;
  /** How far from `start` to `towards`, 0 to 1. */
  share: number;
  /** Which layers go there, as shares of the depth; all where there is none. */
  layers?: Layers | undefined;
  /** How far to go from the class's mean: 1 all the way. */
  truncation: number;
  /** By a direction's id: how many deviations along it. */
  moves: Record<string, number>;
}

const LARGEST_SEED = 2 ** 31;

/** What people call parts of a generator's layers; all of them have no range. */
export const LAYERS: Record<string, Layers | undefined> = {
  all: undefined,
  coarse: [0, 0.33],
  middle: [0.33, 0.67],
  fine: [0.67, 1],
};

/** What people call these layers; "other" for those that only an address can name. */
export function nameOfLayers(layers: Layers | undefined): string {
  const found = Object.entries(LAYERS).find(([, known]) => String(known) === String(layers));
  return found ? found[0] : "other";
}

export function randomStart(): Start {
  return { seed: Math.floor(Math.random() * LARGEST_SEED) };
}

/** One direction moved; a move of nothing is none. */
export function moved(recipe: Recipe, direction: number, amount: number): Recipe {
  const { [direction]: _, ...moves } = recipe.moves;
  return { ...recipe, moves: amount ? { ...moves, [direction]: amount } : moves };
}

/** The way from its other end: what was the end is the start, and the picture stays. */
export function turned(recipe: Recipe): Recipe {
  const { start, towards, share } = recipe;
  return towards ? { ...recipe, start: towards, towards: start, share: 1 - share } : recipe;
}

/** A start in words. */
export function startInWords({ seed, image }: Start): string {
  if (seed !== undefined) return `seed ${seed}`;
  return image === undefined ? "a real image" : `image ${image}`;
}

/** Whether two recipes make the same picture. */
export function isSame(one: Recipe, other: Recipe): boolean {
  return written(one) === written(other);
}

/** A recipe as the part of an address behind "#". */
export function written(recipe: Recipe): string {
  const moves = Object.entries(recipe.moves).sort(([one], [other]) => Number(one) - Number(other));
  const { checkpoint, start, towards, share, layers, truncation } = recipe;
  return JSON.stringify({
    checkpoint,
    class: recipe.class,
    start,
    towards,
    share,
    layers,
    truncation,
    moves: Object.fromEntries(moves),
  });
}

/** The recipe in an address; undefined where there is none. What it says, the server judges. */
export function read(hash: string): Recipe | undefined {
  try {
    const found = JSON.parse(decodeURIComponent(hash.replace(/^#/, ""))) as Recipe;
    return found.start && typeof found.checkpoint === "number"
      ? { ...found, truncation: found.truncation ?? 1 }
      : undefined;
  } catch {
    return undefined;
  }
}

const MOST_STEPS = 200;

/** Where somebody has been: back and forth, as far as `MOST_STEPS`. */
export class Way {
  private readonly past: Recipe[] = [];
  private future: Recipe[] = [];

  constructor(private here: Recipe) {}

  get now(): Recipe {
    return this.here;
  }

  get canGoBack(): boolean {
    return this.past.length > 0;
  }

  get canGoForth(): boolean {
    return this.future.length > 0;
  }

  /** A step to another picture; what was undone before is gone. */
  go(to: Recipe): void {
    if (isSame(to, this.here)) return;
    this.past.push(this.here);
    if (this.past.length > MOST_STEPS) this.past.shift();
    this.future = [];
    this.here = to;
  }

  back(): void {
    const before = this.past.pop();
    if (!before) return;
    this.future.push(this.here);
    this.here = before;
  }

  forth(): void {
    const after = this.future.pop();
    if (!after) return;
    this.past.push(this.here);
    this.here = after;
  }
}
