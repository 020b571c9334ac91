/** The way from one picture to another as a file: a strip, or a film there and back. */
import { errorFrom } from "../lib/api";
import { el, toast } from "../lib/dom";
import { type Recipe, written } from "./recipe";

/** Has it drawn and hands it to the browser; the button waits meanwhile. */
export async function saveFilm(
  slug: string,
  recipe: Recipe,
  button: HTMLButtonElement,
): Promise<void> {
  const film = button.dataset.film ?? "";
  const query = new URLSearchParams({ recipe: written(recipe), film });
  button.disabled = true;
  try {
    const response = await fetch(`/api/v1/projects/${slug}/studio/pictures/?${query}`);
    if (!response.ok) throw errorFrom(response.status, await response.json());
    const address = URL.createObjectURL(await response.blob());
    const ending = film === "strip" ? "png" : film;
    el("a", { href: address, download: `studio-way.${ending}` }).click();
    URL.revokeObjectURL(address);
  } catch (error) {
    toast((error as Error).message, "bad");
  } finally {
    button.disabled = false;
  }
}
