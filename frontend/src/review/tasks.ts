/** What the API tells of tasks and answers, and the calls about them. */
import { apiDelete, apiGet, apiPost } from "../lib/api";

export type Kind = "annotate" | "validate" | "realism" | "adjudicate";
export type Verdict =
  | "class"
  | "unclear"
  | "right"
  | "wrong_class"
  | "implausible"
  | "artefact"
  | "near_copy"
  | "bad"
  | "real"
  | "fake";

export interface Picture {
  /** Null where the look is blind. */
  id: number | null;
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
  /** The strategy as people call it. */
  strategy_name: string | null;
  /** How unsure the model is; null where a strategy chose a batch as a whole. */
  score: number | null;
  /** Of such a batch: as which the image was chosen, from 1. */
  place: number | null;
  /** Why this strategy asks and not the loop's own; empty where it is that. */
  why: string;
  generation_run: number | null;
  parent: Evidence | null;
  nearest: Evidence[];
  /** Of a realism test: how long the picture may be seen. */
  exposure_ms: number | null;
  bookmarked: boolean;
  /** Of an adjudication: what people answered. */
  answers: GivenAnswer[];
  /** Of an adjudication: the kind of the disputed task. */
  about_kind: Kind | null;
}

/** Somebody's answer to a disputed task. */
export interface GivenAnswer {
  person: string;
  verdict: Verdict;
  class: string | null;
  reasons: string[];
  seconds: number;
  comments: string[];
}

/** What a person decided about a task. */
export interface Decision {
  verdict: Verdict;
  class?: string;
  reasons?: string[];
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
  /** What the person should be told, as about their gold answers; mostly empty. */
  notice?: string;
}

/** What became of holds that were to be renewed. */
export interface Renewal {
  held: number[];
  lost: number[];
  expires_at: string;
}

export type SkipReason = "unsure" | "broken" | "out_of_scope" | "other";
export type RemarkKind = "flag" | "comment" | "bookmark";

export interface NewRemark {
  task: number;
  kind: RemarkKind;
  text: string;
}

export interface Remark extends NewRemark {
  id: number;
  person: string;
  at: string;
  image: Picture;
}

/** One of a person's last decisions; `id` names the answer, and is null where the task was skipped. */
export interface PastDecision {
  id: string | null;
  task: number;
  kind: Kind;
  verdict: Verdict | "skip";
  class: string | null;
  reasons: string[];
  image: Picture;
  at: string;
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
  renew(tasks: number[]): Promise<Renewal>;
  skip(task: number, reason: SkipReason): Promise<void>;
  unskip(task: number): Promise<void>;
  remark(remark: NewRemark): Promise<void>;
  removeRemark(id: number): Promise<void>;
  remarks(): Promise<Remark[]>;
  /** The person's last decisions that stand, newest first. */
  history(): Promise<PastDecision[]>;
}

/** With `kinds`, only tasks of those are held; else those that the person wants to see. */
export function reviewApi(project: string, kinds: readonly Kind[] | null = null): ReviewApi {
  const path = `projects/${project}/review`;
  const only = kinds?.length === 1 ? `?kind=${kinds[0]}` : "";
  return {
    round: async () => {
      const page = await apiGet<{ results: RoundState[] }>(`projects/${project}/rounds/`);
      return page.results[0];
    },
    reserve: (size) => apiPost(`${path}/reservations/`, kinds ? { size, kinds } : { size }),
    answer: (answers) => apiPost(`${path}/reviews/`, answers),
    takeBack: (review) => apiDelete(`${path}/reviews/${review}/`),
    renew: (tasks) => apiPost(`${path}/renewals/`, { tasks }),
    skip: (task, reason) => apiPost(`${path}/skips/`, [{ task, reason }]),
    unskip: (task) => apiDelete(`${path}/skips/${task}/`),
    remark: (remark) => apiPost(`${path}/remarks/`, remark),
    removeRemark: (id) => apiDelete(`${path}/remarks/${id}/`),
    remarks: () => apiGet(`${path}/remarks/`),
    history: () => apiGet(`${path}/history/${only}`),
  };
}
