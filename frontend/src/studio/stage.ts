/** The picture, what the loop's classifier sees in it, and the real images that lie nearest. */
import { byId, el, icon } from "../lib/dom";
import { percent } from "../lib/format";
import type { Near, Picture } from "./line";

const SMALL_SIDE = 128;
export const NO_WORKER =
  "No studio worker draws. On one machine ./manage.py up starts one; on many, look at" +
  " ./manage.py studio_worker on its host. What you moved is kept and drawn as soon as one is there.";
const NO_LINE = "The line to Assay is cut; the page connects again by itself.";

export interface Addresses {
  image: string;
  thumbnail: string;
}

export class Stage {
  private readonly canvas = byId<HTMLCanvasElement>("studio-picture");
  private readonly state = byId("studio-state");
  private readonly alarm = byId("studio-alarm");
  private readonly alarmText = byId("studio-alarm-text");
  private readonly seen = byId("studio-seen");
  private readonly nearest = byId("studio-nearest");
  private newest = 0;

  constructor(private readonly addresses: Addresses) {}

  /** Shows a picture; `words` say what it is to those who do not see it. */
  async show(picture: Picture, words: string): Promise<void> {
    this.newest += 1;
    const number = this.newest;
    const bitmap = await createImageBitmap(blobOf(picture.png, "image/png"));
    if (number !== this.newest) return;
    this.canvas.width = bitmap.width;
    this.canvas.height = bitmap.height;
    this.canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    bitmap.close();
    this.canvas.classList.toggle("pixelated", this.canvas.width <= SMALL_SIDE);
    this.canvas.setAttribute("aria-label", words);
    this.canvas.dataset.drawn = String(number);
    this.complain("");
    this.state.textContent = `drawn in ${Math.max(1, Math.round(picture.milliseconds))} ms`;
  }

  /** The picture as it stands, for the tray. */
  copy(): string {
    return this.canvas.toDataURL("image/png");
  }

  get hasPicture(): boolean {
    return this.newest > 0;
  }

  /** Says that the generator is being loaded. */
  warm(): void {
    this.state.textContent = "The generator is being loaded …";
  }

  /** What the classifier sees, or why it sees nothing. */
  tell(near: Near): void {
    if ("missing" in near) {
      this.seen.replaceChildren(near.missing);
      this.nearest.replaceChildren();
      return;
    }
    const { guess, confidence, uncertainty, nearest } = near;
    this.seen.replaceChildren(
      el("span", {}, "Seen as ", el("strong", {}, guess), ` ${percent(confidence, 0)}`),
      el("span", { class: "tone-uncertain" }, `uncertainty ${uncertainty.toFixed(2)}`),
    );
    this.nearest.replaceChildren(
      ...nearest.map((one) => {
        const image = thumbnail(this.addresses, one.id, "");
        const words = el("span", {}, one.class ?? "no class");
        const distance = el("span", { class: "muted number" }, one.distance.toFixed(2));
        const href = this.addresses.image.replace("/0/", `/${one.id}/`);
        return el("a", { class: "neighbour", href }, image, words, distance);
      }),
    );
  }

  /** Says what is wrong where the picture stands; nothing where `message` is empty. */
  complain(message: string): void {
    this.alarm.hidden = !message;
    this.alarmText.textContent = message;
    this.canvas.classList.toggle("is-old", Boolean(message) && this.hasPicture);
  }

  /** Whether a worker draws; undefined where the line is cut. */
  worker(alive: boolean | undefined): void {
    this.complain(alive ? "" : alive === undefined ? NO_LINE : NO_WORKER);
  }
}

/** What an answer holds in base64, as a file of that type. */
export function blobOf(base64: string, type: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type });
}

/** An image of the project, small; the pixels of a small one stay squares. */
export function thumbnail(addresses: Addresses, id: number, alt: string): HTMLImageElement {
  const src = addresses.thumbnail.replace("/0/", `/${id}/`);
  const image = el("img", { src, alt, width: 64, height: 64 });
  image.addEventListener("load", () => {
    image.classList.toggle("pixelated", image.naturalWidth <= SMALL_SIDE);
  });
  return image;
}

/** A button with an icon that says what it does. */
export function iconButton(name: string, words: string): HTMLButtonElement {
  const button = el("button", {
    type: "button",
    class: "icon-button",
    "aria-label": words,
    title: words,
  });
  button.append(icon(name));
  return button;
}
