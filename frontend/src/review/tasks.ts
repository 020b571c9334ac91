/** What the API tells of tasks and answers, and the calls about them. */
import { apiDelete, apiGet, apiPost } from "../lib/api";

export type Kind = "annotate" | "validate";
export type Verdict = "class" | "unclear" | "right" | "wrong_class" | "implausible" | "artefact";

export interface Picture {
  id: number;
  url: string;
  thumbnail_url: string;
  width: number;
  height: number;
}

export interface Evidence extends Picture {
  class: string | null;
  distance: number | null;
}

export interface Task {
  id: number;
  kind: Kind;
  round: number | null;
  reason: string;
  image: Picture;
  asked_class: string | null;
  guess: string | null;
  uncertainty: number | null;
  strategy: string | null;
  score: number | null;
  generation_run: number | null;
  parent: Evidence | null;
  nearest: Evidence[];
}

/** What a person decided about a task. */
export interface Decision {
  verdict: Verdict;
  class?: string;
}

export interface Answer extends Decision {
  task: number;
  seconds: number;
  /** Names the answer for ever: sent again, it is stored once. */
  key: string;
}

export interface Outcome {
  key: string;
  status: "stored" | "known" | "refused";
  id: string | null;
  message: string;
}

export interface Reservation {
  tasks: Task[];
  expires_at: string;
}

/** Counts of the newest round, as `review.counted` tells them. */
export interface Counts {
  round: number | null;
  annotated: number;
  validated: number;
  open_annotate: number;
  open_validate: number;
}

export interface RoundState {
  number: number;
  step: string;
}

/** The calls of one project's queue. */
export interface ReviewApi {
  /** The newest round, if there is one. */
  round(): Promise<RoundState | undefined>;
  reserve(size: number): Promise<Reservation>;
  answer(answers: Answer[]): Promise<Outcome[]>;
  takeBack(review: string): Promise<void>;
}

export function reviewApi(project: string): ReviewApi {
  const path = `projects/${project}/review`;
  return {
    round: async () => {
      const page = await apiGet<{ results: RoundState[] }>(`projects/${project}/rounds/`);
      return page.results[0];
    },
    reserve: (size) => apiPost(`${path}/reservations/`, { size }),
    answer: (answers) => apiPost(`${path}/reviews/`, answers),
    takeBack: (review) => apiDelete(`${path}/reviews/${review}/`),
  };
}
