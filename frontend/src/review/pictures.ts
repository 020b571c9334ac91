/** Pictures that are fetched and decoded before they are needed. */

const MOST_KEPT = 120;

export class Pictures {
  /** Fetched, or on their way; the oldest first. */
  private readonly pictures = new Map<string, HTMLImageElement>();
  private readonly decoded = new Map<string, Promise<HTMLImageElement>>();

  /** The decoded picture; rejects where it cannot be loaded, and may then be asked for again. */
  get(url: string): Promise<HTMLImageElement> {
    const known = this.decoded.get(url);
    if (known) return known;
    const picture = this.element(url);
    const decoded = picture.decode().then(() => picture);
    decoded.catch(() => this.drop(url));
    this.decoded.set(url, decoded);
    this.dropOldest();
    return decoded;
  }

  /** Whether the picture's bytes are here. */
  has(url: string): boolean {
    const picture = this.pictures.get(url);
    return picture?.complete === true && picture.naturalWidth > 0;
  }

  /** Begins to fetch and decode pictures that come soon. */
  prepare(urls: readonly string[]): void {
    for (const url of urls) this.get(url).catch(() => {});
  }

  /** Begins to fetch pictures that come later; they are decoded when they come soon. */
  fetch(urls: readonly string[]): void {
    for (const url of urls) {
      const picture = this.element(url);
      picture.addEventListener("error", () => this.drop(url), { once: true });
    }
    this.dropOldest();
  }

  private element(url: string): HTMLImageElement {
    const known = this.pictures.get(url);
    if (known) return known;
    const picture = new Image();
    picture.src = url;
    picture.draggable = false;
    this.pictures.set(url, picture);
    return picture;
  }

  private drop(url: string): void {
    this.pictures.delete(url);
    this.decoded.delete(url);
  }

  private dropOldest(): void {
    for (const url of this.pictures.keys()) {
      if (this.pictures.size <= MOST_KEPT) break;
      this.drop(url);
    }
  }
}
