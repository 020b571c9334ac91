/** Tasks for tests. */
import type { Kind, Task } from "./tasks";

export function someTask(id: number, kind: Kind = "annotate"): Task {
  return {
    id,
    kind,
    round: 1,
    reason: "margin",
    image: { id, url: `/${id}/file/`, thumbnail_url: `/${id}/thumbnail/`, width: 28, height: 28 },
    asked_class: kind === "validate" ? "coat" : null,
    guess: null,
    uncertainty: null,
    strategy: "margin",
    strategy_name: "margin",
    score: 0.9,
    place: null,
    why: "",
    generation_run: null,
    parent: null,
    nearest: [],
    exposure_ms: null,
    bookmarked: false,
    answers: [],
    about_kind: null,
  };
}
