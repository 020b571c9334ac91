/** The studio: a generator's latent space by hand. */
import { apiPost } from "../lib/api";
import { byId, pageData, throttle } from "../lib/dom";
import { connectPageEvents, type ProjectEvent } from "../lib/events";
import { bindKeymap } from "../lib/keymap";
import { Directions, type Rights } from "../studio/directions";
import { Films } from "../studio/films";
import { type Asked, JobLine } from "../studio/job_line";
import { StudioLine } from "../studio/line";
import { Origin } from "../studio/origin";
import {
  LAYERS,
  moved,
  nameOfLayers,
  type Recipe,
  randomStart,
  read,
  startInWords,
  turned,
  Way,
  written,
} from "../studio/recipe";
import { type Addresses, Stage } from "../studio/stage";
import { Tray } from "../studio/tray";

interface Data extends Rights {
  slug: string;
  generators: { id: number; truncation: number | null }[];
  chosen: number;
  image: { id: number; class: number | null; checkpoint: number | null } | null;
  image_address: string;
  thumbnail_address: string;
  job_address: string;
  most_deviations: number;
  most_kept: number;
}

class Studio {
  private readonly generator = byId<HTMLSelectElement>("studio-generator");
  private readonly classes = byId<HTMLSelectElement>("studio-class");
  private readonly share = byId<HTMLInputElement>("studio-share");
  private readonly layers = byId<HTMLSelectElement>("studio-layers");
  private readonly truncation = byId<HTMLInputElement>("studio-truncation");
  private readonly way: Way;
  /** Where the sliders are while they move; the same as the way's end once they rest. */
  private here: Recipe;
  private readonly stage: Stage;
  private readonly line: StudioLine;
  private readonly directions: Directions;
  /** None for those who may not keep. */
  private readonly tray: Tray | undefined;
  private readonly origin: Origin;
  private readonly films: Films;
  /** The jobs that this page asked for, by the part of the page that did. */
  private readonly lines: Partial<Record<string, JobLine>> = {};

  constructor(private readonly data: Data) {
    const addresses: Addresses = { image: data.image_address, thumbnail: data.thumbnail_address };
    this.stage = new Stage(addresses);
    this.origin = new Origin(addresses);
    for (const root of document.querySelectorAll<HTMLElement>("[data-job-line]")) {
      this.lines[root.dataset.jobLine ?? ""] = new JobLine(root, data.job_address);
    }
    this.here = read(location.hash) ?? this.first();
    this.way = new Way(this.here);
    this.directions = new Directions(data.slug, data, data.most_deviations, {
      slide: (direction, amount) => this.show(moved(this.here, direction, amount)),
      rest: () => this.rest(),
      gone: (direction) => void this.go(moved(this.here, direction, 0)),
    });
    this.films = new Films(data.slug);
    const { kept } = this.lines;
    if (kept) {
      const open = (recipe: Recipe) => void this.go(recipe);
      this.tray = new Tray(data.slug, data.most_kept, { open }, kept);
    }
    this.line = new StudioLine(data.slug, {
      picture: (picture, recipe) => void this.stage.show(picture, this.inWords(recipe)),
      near: (near) => this.stage.tell(near),
      warming: () => this.stage.warm(),
      error: (message) => this.stage.complain(message),
      worker: (alive) => this.stage.worker(alive),
      refused: (reason) => this.stage.complain(reason),
    });
    this.bind();
    connectPageEvents((event) => this.hear(event));
    this.show(this.here);
    this.draw();
    void this.directions.load(this.here.checkpoint);
  }

  private first(): Recipe {
    const { image, chosen } = this.data;
    const isOurs = image !== null && image.checkpoint === chosen;
    return {
      checkpoint: chosen,
      class: (image?.class ?? 0) || Number(this.classes.value),
      start: isOurs && image ? { image: image.id } : randomStart(),
      towards: null,
      share: 0,
      truncation: this.truncationOf(chosen) ?? 1,
      moves: {},
    };
  }

  /** How near to the mean style a generator keeps by itself; null where it has none. */
  private truncationOf(checkpoint: number): number | null {
    return this.data.generators.find(({ id }) => id === checkpoint)?.truncation ?? null;
  }

  private bind(): void {
    this.generator.addEventListener("change", () => {
      const checkpoint = Number(this.generator.value);
      const start = "seed" in this.here.start ? this.here.start : randomStart();
      const truncation = this.truncationOf(checkpoint) ?? 1;
      const still = { towards: null, share: 0, layers: undefined, moves: {} };
      void this.go({ ...this.here, ...still, checkpoint, start, truncation });
    });
    this.classes.addEventListener("change", () => {
      void this.go({ ...this.here, class: Number(this.classes.value) });
    });
    byId<HTMLInputElement>("studio-seed").addEventListener("change", ({ target }) => {
      const seed = Number((target as HTMLInputElement).value);
      if (Number.isSafeInteger(seed) && seed >= 0) void this.go({ ...this.here, start: { seed } });
    });
    this.share.addEventListener("input", () => {
      this.show({ ...this.here, share: Number(this.share.value) });
    });
    this.share.addEventListener("change", () => this.rest());
    this.layers.addEventListener("change", () => {
      void this.go({ ...this.here, layers: LAYERS[this.layers.value] });
    });
    this.truncation.addEventListener("input", () => {
      this.show({ ...this.here, truncation: Number(this.truncation.value) });
    });
    this.truncation.addEventListener("change", () => this.rest());
    document.getElementById("studio-find")?.addEventListener("click", () => this.find());
    byId("studio-stay").addEventListener("click", () => {
      void this.go({ ...this.here, towards: null, share: 0 });
      document.querySelector<HTMLElement>('[data-action="studio-towards"]')?.focus();
    });
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-real-image]")) {
      const { realImage, class: known } = button.dataset;
      const begin = () => this.invert(Number(realImage), Number(known) || this.here.class);
      button.addEventListener("click", begin);
    }
    window.addEventListener("hashchange", () => {
      const recipe = read(location.hash);
      if (recipe) void this.go(recipe);
    });
    bindKeymap([
      { id: "studio-random", keys: ["r"], title: "Begin somewhere else", run: () => this.begin() },
      { id: "studio-keep", keys: ["k"], title: "Keep the picture", run: () => this.keep() },
      { id: "studio-towards", keys: ["t"], title: "Walk towards another picture", run: () => this.head() },
      { id: "studio-turn", keys: ["b"], title: "Walk back from the end", run: () => this.turn() },
      { id: "studio-film", keys: ["f"], title: "Film of the way", run: () => this.film() },
      { id: "studio-reset", keys: ["0"], title: "All sliders to the middle", run: () => this.reset() },
      { id: "studio-undo", keys: ["Ctrl+z", "u"], title: "Undo", run: () => this.undo() },
      { id: "studio-redo", keys: ["Ctrl+Shift+z", "Ctrl+y"], title: "Do it again", run: () => this.redo() },
    ]); // biome-ignore format: a table
    const { image } = this.data;
    if (image && image.checkpoint === null && !read(location.hash))
      this.invert(image.id, image.class ?? this.here.class);
  }

  /** Another start, at random. */
  private begin(): void {
    void this.go({ ...this.here, start: randomStart() });
  }

  /** Towards another random picture. */
  private head(): void {
    void this.go({ ...this.here, towards: randomStart(), share: 0 });
    this.share.focus();
  }

  /** The end becomes the start; the picture stays where it is. */
  private turn(): void {
    if (this.here.towards) void this.go(turned(this.here));
  }

  private film(): void {
    if (this.here.towards) this.films.open(this.here);
  }

  private reset(): void {
    void this.go({ ...this.here, share: 0, moves: {} });
  }

  private undo(): void {
    this.way.back();
    void this.arrive();
  }

  private redo(): void {
    this.way.forth();
    void this.arrive();
  }

  private keep(): void {
    if (!this.tray || !this.stage.hasPicture) return;
    this.tray.keep(this.here, this.stage.copy(), this.inWords(this.here));
  }

  /** Asks for a picture, while something moves. */
  private show(recipe: Recipe): void {
    this.here = recipe;
    this.line.ask(recipe);
  }

  /** What moved has come to rest: a step of the way. */
  private rest(): void {
    this.way.go(this.here);
    this.draw();
  }

  private async go(recipe: Recipe): Promise<void> {
    this.way.go(recipe);
    await this.arrive();
  }

  /** Everything as the way's end has it. */
  private async arrive(): Promise<void> {
    const isAnother = this.way.now.checkpoint !== this.here.checkpoint;
    this.show(this.way.now);
    this.draw();
    if (isAnother) await this.directions.load(this.here.checkpoint);
  }

  private draw(): void {
    const { checkpoint, start, towards, share, moves } = this.here;
    this.generator.value = String(checkpoint);
    this.classes.value = String(this.here.class);
    byId<HTMLInputElement>("studio-seed").value =
      start.seed === undefined ? "" : String(start.seed);
    void this.origin.show(start);
    byId("studio-way").hidden = towards === null;
    byId("studio-end").textContent = towards ? startInWords(towards) : "";
    this.share.value = String(share);
    const hasStyles = this.truncationOf(checkpoint) !== null;
    byId("studio-layered").hidden = !hasStyles;
    this.layers.value = nameOfLayers(this.here.layers);
    byId("studio-truncated").hidden = !hasStyles;
    this.truncation.value = String(this.here.truncation);
    this.directions.place(moves);
    this.able("studio-undo", this.way.canGoBack);
    this.able("studio-redo", this.way.canGoForth);
    this.able("studio-reset", share > 0 || Object.keys(moves).length > 0);
    history.replaceState(history.state, "", `#${encodeURIComponent(written(this.here))}`);
  }

  private able(action: string, can: boolean): void {
    const button = document.querySelector<HTMLButtonElement>(`[data-action="${action}"]`);
    if (button) button.disabled = !can;
  }

  private inWords(recipe: Recipe): string {
    const name = this.classes.querySelector(`option[value="${recipe.class}"]`)?.textContent ?? "";
    const moves = Object.keys(recipe.moves).length;
    const words = [`${name} from ${startInWords(recipe.start)}`];
    if (moves) words.push(`moved along ${moves} direction${moves === 1 ? "" : "s"}`);
    if (recipe.towards && recipe.share) {
      words.push(`${Math.round(recipe.share * 100)}% towards ${startInWords(recipe.towards)}`);
    }
    return words.join(", ");
  }

  private find(): void {
    const method = byId<HTMLSelectElement>("studio-method").value;
    const ask = () => this.directions.find(method);
    // Once they are found, the log tells every page of them.
    void this.lines.directions?.follow(ask, "Looking for directions", () => undefined);
  }

  /** Begins from a real image, as soon as a job has found it among the pictures of a class. */
  private invert(image: number, asClass: number): void {
    const { checkpoint } = this.here;
    let inversion = "";
    const ask = async () => {
      const path = `projects/${this.data.slug}/studio/inversions/`;
      const job = await apiPost<Asked>(path, { checkpoint, image, class: asClass });
      inversion = job.id;
      return job;
    };
    void this.lines.start?.follow(ask, `Looking for image ${image}`, (isFound) => {
      if (isFound) this.beginFound(checkpoint, inversion, asClass);
    });
  }

  /** Begins where a real image was found, unless another generator is walked in by now. */
  private beginFound(checkpoint: number, inversion: string, asClass: number): void {
    if (checkpoint !== this.here.checkpoint) return;
    void this.go({ ...this.here, start: { inversion }, class: asClass, share: 0, moves: {} });
  }

  private hear(event: ProjectEvent): void {
    if (event.kind.startsWith("job.")) {
      for (const line of Object.values(this.lines)) line?.hear(event);
    }
    if (event.kind.startsWith("direction.")) this.reload();
  }

  /** Somebody named or deleted a direction. */
  private readonly reload = throttle(500, () => void this.directions.load(this.here.checkpoint));
}

if (document.getElementById("studio-picture")) new Studio(pageData<Data>());
