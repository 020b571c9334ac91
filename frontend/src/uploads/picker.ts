/** The ways in which people pick files: dropping them anywhere on the page, and two dialogs. */
import { byId } from "../lib/dom";
import { chosen, dropped, type Picked } from "./picking";

export function bindPicker(
  onPicked: (picked: Picked[]) => void,
  onFound: (count: number) => void,
): void {
  for (const id of ["import-files", "import-folder"]) {
    const input = byId<HTMLInputElement>(id);
    input.addEventListener("change", () => {
      onPicked(chosen(input.files ?? []));
      // So that the same folder can be chosen again.
      input.value = "";
    });
  }
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("image-drop");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("image-drop");
  });
  document.addEventListener("drop", async (event) => {
    document.body.classList.remove("image-drop");
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    onPicked(await dropped(event.dataTransfer, onFound));
  });
}
