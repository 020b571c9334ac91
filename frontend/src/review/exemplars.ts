/** What images of a class look like: some of its annotated real ones, asked for once a class. */
import { apiGet } from "../lib/api";
import { card, grid } from "./evidence";
import type { Picture } from "./tasks";

/** Draws them into a place; a class that nobody asks about any more is not drawn. */
export function exemplarPanel(project: string, place: HTMLElement): (name: string | null) => void {
  const known = new Map<string, Promise<Picture[]>>();
  let wanted: string | null = null;
  return (name) => {
    wanted = name;
    place.replaceChildren();
    if (!name) return;
    const pictures = known.get(name) ?? ask(project, name);
    known.set(name, pictures);
    pictures.then(
      (found) => {
        if (wanted === name) place.replaceChildren(...drawn(name, found));
      },
      () => known.delete(name),
    );
  };
}

async function ask(project: string, name: string): Promise<Picture[]> {
  const query = new URLSearchParams({
    class: name, origin: "real", split: "train", status: "accepted", page_size: "9",
  }); // biome-ignore format: short enough
  const page = await apiGet<{ results: Picture[] }>(`projects/${project}/images/?${query}`);
  return page.results.slice(0, 9);
}

function drawn(name: string, pictures: Picture[]): HTMLElement[] {
  const cards = pictures.map(({ thumbnail_url }) =>
    card({ url: thumbnail_url, alt: `A real ${name}`, name: "", tone: "real" }),
  );
  return cards.length ? [grid(cards)] : [];
}
