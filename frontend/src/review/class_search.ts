/** Which classes a few typed letters mean, the likeliest first. Knows no page. */

/** Ranks of a hit, the best first: all of it, its beginning, a word's beginning, within, letter by letter. */
const MISS = 5;

/** Without case and accents. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}

/** How well a name fits what was typed: 0 is best, 5 not at all. */
export function closeness(name: string, typed: string): number {
  if (name === typed) return 0;
  if (name.startsWith(typed)) return 1;
  if (name.split(/[\s/_-]+/).some((word) => word.startsWith(typed))) return 2;
  if (name.includes(typed)) return 3;
  return isScattered(name, typed) ? 4 : MISS;
}

function isScattered(name: string, typed: string): boolean {
  let from = 0;
  for (const letter of typed) {
    const at = name.indexOf(letter, from);
    if (at < 0) return false;
    from = at + 1;
  }
  return true;
}

/** The places of the names that fit, best first; of equals the lately used, then the first. */
export function found(
  names: readonly string[],
  typed: string,
  recent: readonly string[],
): number[] {
  const wanted = plain(typed);
  const use = new Map(recent.map((name, index) => [name, index]));
  const hits = names.map((name, place) => ({
    place,
    miss: wanted ? closeness(plain(name), wanted) : 0,
    used: use.get(name) ?? recent.length,
  }));
  return hits
    .filter((hit) => hit.miss < MISS)
    .sort((a, b) => a.miss - b.miss || a.used - b.used || a.place - b.place)
    .map(({ place }) => place);
}

/** The lately used with one more, the newest first. */
export function used(recent: readonly string[], name: string, most: number): string[] {
  return [name, ...recent.filter((other) => other !== name)].slice(0, most);
}
