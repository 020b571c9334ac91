/** How large a picture is drawn. */

export interface Size {
  width: number;
  height: number;
}

/** Pictures up to this side, in pixels, are drawn with square pixels. */
const SMALL = 96;

export function isSmall(
  picture: Pick<HTMLImageElement, "naturalWidth" | "naturalHeight">,
): boolean {
  return Math.max(picture.naturalWidth, picture.naturalHeight) <= SMALL;
}

/** The largest size that fits the room: of small pictures, by a whole factor; never below one pixel. */
export function fitted(picture: Size, room: Size): Size {
  const scale = Math.min(room.width / picture.width, room.height / picture.height);
  const isGrown = Math.max(picture.width, picture.height) <= SMALL && scale > 1;
  const factor = isGrown ? Math.floor(scale) : scale;
  return {
    width: Math.max(1, Math.round(picture.width * factor)),
    height: Math.max(1, Math.round(picture.height * factor)),
  };
}
