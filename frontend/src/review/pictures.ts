/** Pictures that are fetched and decoded before they are needed. */

const MOST_KEPT = 80;

export class Pictures {
  private readonly pictures = new Map<string, Promise<HTMLImageElement>>();

  /** The decoded picture; rejects where it cannot be loaded, and may then be asked for again. */
  get(url: string): Promise<HTMLImageElement> {
    const known = this.pictures.get(url);
    if (known) return known;
    const picture = new Image();
    picture.src = url;
    picture.draggable = false;
    const decoded = picture.decode().then(() => picture);
    decoded.catch(() => this.pictures.delete(url));
    this.pictures.set(url, decoded);
    this.dropOldest();
    return decoded;
  }

  /** Begins to fetch and decode pictures that come soon. */
  prepare(urls: readonly string[]): void {
    for (const url of urls) this.get(url).catch(() => {});
  }

  private dropOldest(): void {
    for (const url of this.pictures.keys()) {
      if (this.pictures.size <= MOST_KEPT) break;
      this.pictures.delete(url);
    }
  }
}
