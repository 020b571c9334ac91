/** Token colours for the canvas, which knows no CSS variables. */

const cache = new Map<string, string>();

/** What `var(--name)` is now; `alpha` thins it. */
export function colour(name: string, alpha = 1): string {
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const key = `${name} ${alpha} ${scheme} ${dark}`;
  const known = cache.get(key);
  if (known) return known;
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = `color-mix(in srgb, var(--${name}) ${alpha * 100}%, transparent)`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  cache.set(key, found);
  return found;
}
