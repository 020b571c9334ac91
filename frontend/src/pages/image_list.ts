/** The grid: arrow keys over the tiles. */
import { type Arrow, columnsOf, neighbourOf } from "../lib/grid";
import { bindKeymap } from "../lib/keymap";
import { follow } from "../lib/links";

function move(arrow: Arrow): void {
  const tiles = [...document.querySelectorAll<HTMLElement>(".image-grid > .tile")];
  const here = tiles.indexOf(document.activeElement as HTMLElement);
  const columns = columnsOf(tiles.map((tile) => tile.offsetTop));
  tiles[neighbourOf(here, arrow, tiles.length, columns)]?.focus();
}

bindKeymap([
  { id: "left", keys: ["ArrowLeft"], title: "Image to the left", run: () => move("ArrowLeft") },
  { id: "right", keys: ["ArrowRight"], title: "Image to the right", run: () => move("ArrowRight") },
  { id: "up", keys: ["ArrowUp"], title: "Image above", run: () => move("ArrowUp") },
  { id: "down", keys: ["ArrowDown"], title: "Image below", run: () => move("ArrowDown") },
  { id: "newer", keys: ["p"], title: "Newer page", run: () => follow(".pager a[rel=prev]") },
  { id: "older", keys: ["n"], title: "Older page", run: () => follow(".pager a[rel=next]") },
]);
