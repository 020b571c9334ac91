/** How large a picture is drawn. */

export interface Size {
  width: number;
  height: number;
}

/** Pictures up to this side are drawn with square pixels. */
export const SMALL = 96;

/** The largest size that fits the room: of small pictures, by a whole factor; never below one pixel. */
export function fitted(picture: Size, room: Size): Size {
  const scale = Math.min(room.width / picture.width, room.height / picture.height);
  const isSmall = Math.max(picture.width, picture.height) <= SMALL;
  const factor = isSmall && scale > 1 ? Math.floor(scale) : scale;
  return {
    width: Math.max(1, Math.round(picture.width * factor)),
    height: Math.max(1, Math.round(picture.height * factor)),
  };
}
