/** Going where a link of the page goes. */

/** Follows the first link that the selector finds; nothing where there is none. */
export function follow(selector: string): void {
  const link = document.querySelector<HTMLAnchorElement>(selector);
  if (link) location.assign(link.href);
}
