/** Keys that a person has changed: how they meet the table's own, and what may be one. */
import { type Action, normal, overlap } from "./keys";

/** Action id to its keys. */
export type Changed = Record<string, string[]>;

/** What a person has changed, and where it is kept. */
export interface OwnKeys {
  keys: Changed;
  /** Rejects with a sentence where it was not kept. */
  save(keys: Changed): Promise<void>;
}

/** Keys that move about the page or leave it, whatever a person would like. */
const NOT_OURS = ["tab", "escape", "enter", "shift+tab", "shift+enter"];
const THE_BROWSERS = /^ctrl\+(shift\+)?[wtnrlfpqcvxaj\d]$/;
const KEY =
  /^(Ctrl\+)?(Shift\+)?([^\s<>&"'\p{C}]|Space|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Arrow(Up|Down|Left|Right)|F\d{1,2})$/u;

/**
 * The actions with a person's keys. Theirs win: where another action claims such a key by
 * default, it goes without, so that the table stays unambiguous whatever was saved.
 */
export function withOwnKeys(actions: readonly Action[], changed: Changed): Action[] {
  const taken: { key: string; action: Action }[] = [];
  const isFree = (action: Action, key: string) =>
    !taken.some((claim) => claim.key === normal(key) && overlap(claim.action, action));
  const claim = (action: Action, wanted: readonly string[]) => {
    const keys = wanted.filter((key) => isFree(action, key));
    taken.push(...keys.map((key) => ({ key: normal(key), action })));
    return keys;
  };
  const owned = new Map(
    actions.flatMap((action) => {
      const wanted = changed[action.id];
      return wanted ? [[action.id, claim(action, wanted)]] : [];
    }),
  );
  return actions.map((action) => ({
    ...action,
    keys: owned.get(action.id) ?? claim(action, action.keys),
  }));
}

/** Why the action cannot have the key, in a sentence; empty where it can. */
export function refusal(actions: readonly Action[], action: Action, key: string): string {
  if (NOT_OURS.includes(normal(key))) return `${key} moves about the page; choose another key.`;
  if (THE_BROWSERS.test(normal(key))) return `${key} is the browser's; choose another key.`;
  if (!KEY.test(key)) return `${key} cannot be a command; choose another key.`;
  const other = actions.find(
    (candidate) =>
      candidate.id !== action.id &&
      overlap(candidate, action) &&
      candidate.keys.some((theirs) => normal(theirs) === normal(key)),
  );
  return other ? `${key} is the key of “${other.title}”; choose another.` : "";
}
