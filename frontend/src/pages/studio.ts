/** The studio: a generator's latent space by hand. */
import { apiPost } from "../lib/api";
import { byId, pageData, throttle, toast } from "../lib/dom";
import { connectPageEvents, type ProjectEvent } from "../lib/events";
import { bindKeymap } from "../lib/keymap";
import { Directions, type Rights } from "../studio/directions";
import { Films } from "../studio/films";
import { StudioLine } from "../studio/line";
import {
  moved,
  type Recipe,
  randomStart,
  read,
  type Start,
  startInWords,
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

const NOBODY = "00000000-0000-0000-0000-000000000000";
const ENDS = ["job.succeeded", "job.failed", "job.cancelled"];
const JOBS = ["job.progress", "job.queued", "job.running", ...ENDS];

class Studio {
  private readonly generator = byId<HTMLSelectElement>("studio-generator");
  private readonly classes = byId<HTMLSelectElement>("studio-class");
  private readonly share = byId<HTMLInputElement>("studio-share");
  private readonly truncation = byId<HTMLInputElement>("studio-truncation");
  private readonly way: Way;
  /** Where the sliders are while they move; the same as the way's end once they rest. */
  private here: Recipe;
  private readonly stage: Stage;
  private readonly line: StudioLine;
  private readonly directions: Directions;
  private readonly tray: Tray;
  /** What is done with a job that this page asked for, once it is done. */
  private readonly jobs = new Map<string, (event: ProjectEvent) => void>();
  /** How jobs ended: one may be done before the answer says that it was asked for. */
  private readonly ended = new Map<string, ProjectEvent>();

  constructor(private readonly data: Data) {
    const addresses: Addresses = { image: data.image_address, thumbnail: data.thumbnail_address };
    this.stage = new Stage(addresses);
    this.here = read(location.hash) ?? this.first();
    this.way = new Way(this.here);
    this.directions = new Directions(data.slug, data, data.most_deviations, {
      slide: (direction, amount) => this.show(moved(this.here, direction, amount)),
      rest: () => this.rest(),
    });
    this.tray = new Tray(
      data.slug,
      data.most_kept,
      { open: (recipe) => void this.go(recipe) },
      (job) => this.watchKeeping(job),
    );
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
    void this.directions.load(this.here.checkpoint);
    this.show(this.here);
    this.draw();
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
      const still = { towards: null, share: 0, moves: {} };
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
    this.truncation.addEventListener("input", () => {
      this.show({ ...this.here, truncation: Number(this.truncation.value) });
    });
    this.truncation.addEventListener("change", () => this.rest());
    document.getElementById("studio-find")?.addEventListener("click", () => void this.find());
    new Films(this.data.slug, () => this.here);
    for (const button of document.querySelectorAll<HTMLButtonElement>("[data-real-image]")) {
      const { realImage, class: known } = button.dataset;
      const begin = () => void this.invert(Number(realImage), Number(known) || this.here.class);
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
      { id: "studio-reset", keys: ["0"], title: "All sliders to the middle", run: () => this.reset() },
      { id: "studio-undo", keys: ["Ctrl+z", "u"], title: "Undo", run: () => this.undo() },
      { id: "studio-redo", keys: ["Ctrl+Shift+z", "Ctrl+y"], title: "Do it again", run: () => this.redo() },
    ]); // biome-ignore format: a table
    const { image } = this.data;
    if (image && image.checkpoint === null && !read(location.hash))
      void this.invert(image.id, image.class ?? this.here.class);
  }

  /** Another start, at random. */
  private begin(): void {
    void this.go({ ...this.here, start: randomStart() });
  }

  /** Towards another random picture, or towards none any more. */
  private head(): void {
    const towards = this.here.towards ? null : randomStart();
    void this.go({ ...this.here, towards, share: 0 });
    if (towards) this.share.focus();
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
    if (!this.data.may_keep) return;
    if (!this.stage.hasPicture) return;
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
    byId("studio-start").hidden = start.seed !== undefined;
    byId("studio-start").textContent = `Begins at ${startInWords(start)}.`;
    byId("studio-way").hidden = towards === null;
    byId("studio-end").textContent = towards ? startInWords(towards) : "";
    this.share.value = String(share);
    byId("studio-truncated").hidden = this.truncationOf(checkpoint) === null;
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

  private async find(): Promise<void> {
    const job = await this.directions.find(byId<HTMLSelectElement>("studio-method").value);
    if (!job) return;
    this.watch(
      job,
      "Looking for directions",
      () => void this.directions.load(this.here.checkpoint),
    );
  }

  /** Begins from a real image, as soon as a job has found it among the pictures of a class. */
  private async invert(image: number, asClass: number): Promise<void> {
    try {
      const path = `projects/${this.data.slug}/studio/inversions/`;
      const body = { checkpoint: this.here.checkpoint, image, class: asClass };
      const { id, status } = await apiPost<{ id: string; status: string }>(path, body);
      const found = { start: { inversion: id } as Start, class: asClass, moves: {} };
      const begin = () => void this.go({ ...this.here, ...found });
      if (status === "succeeded") begin();
      else this.watch(id, `Looking for image ${image}`, begin);
    } catch (error) {
      toast((error as Error).message, "bad");
    }
  }

  private watchKeeping(job: string): void {
    this.watch(job, "Sending to review", ({ payload }) => {
      toast(`${payload.title}: done. They wait in the review queue.`, "good");
    });
  }

  /** Shows a job's progress until it ends; `then` follows a good end. */
  private watch(job: string, words: string, then: (event: ProjectEvent) => void): void {
    const line = byId("studio-job");
    const bar = byId<HTMLProgressElement>("studio-job-bar");
    const link = byId<HTMLAnchorElement>("studio-job-link");
    const cancel = byId<HTMLButtonElement>("studio-job-cancel");
    line.hidden = false;
    byId("studio-job-words").textContent = words;
    bar.value = 0;
    link.href = this.data.job_address.replace(NOBODY, job);
    cancel.hidden = !this.data.manages;
    cancel.onclick = () => void apiPost(`jobs/${job}/cancel/`).catch(sayError);
    this.jobs.set(job, (event) => {
      bar.value = Number(event.payload.progress ?? 0);
      if (!ENDS.includes(event.kind)) return;
      this.jobs.delete(job);
      line.hidden = this.jobs.size === 0;
      if (event.kind === "job.succeeded") then(event);
      else toast(`${words}: ${event.payload.error || "cancelled"}`, "bad");
    });
    const end = this.ended.get(job);
    if (end) this.jobs.get(job)?.(end);
  }

  private hear(event: ProjectEvent): void {
    const job = String(event.payload.job);
    if (ENDS.includes(event.kind)) this.ended.set(job, event);
    if (JOBS.includes(event.kind)) this.jobs.get(job)?.(event);
    if (event.kind.startsWith("direction.")) this.reload();
  }

  /** Somebody named or deleted a direction. */
  private readonly reload = throttle(500, () => void this.directions.load(this.here.checkpoint));
}

function sayError(error: unknown): void {
  toast((error as Error).message, "bad");
}

if (document.getElementById("studio-picture")) new Studio(pageData<Data>());
