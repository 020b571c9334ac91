/** How the picture is looked at: zoom, place, light. Knows no page. */
import type { Size } from "./fit";

export interface Point {
  x: number;
  y: number;
}

export interface View {
  zoom: number;
  /** Of the picture's centre from the room's, in pixels. */
  x: number;
  y: number;
  /** 1 is as it is. */
  contrast: number;
  brightness: number;
  isInverted: boolean;
}

export const PLAIN: View = {
  zoom: 1, x: 0, y: 0, contrast: 1, brightness: 1, isInverted: false,
}; // biome-ignore format: a table

export const MOST_ZOOM = 16;
export const LEAST_LIGHT = 0.25;
export const MOST_LIGHT = 4;

/** Zoomed by a factor about a point, given from the room's centre: what lies there stays there. */
export function zoomed(view: View, factor: number, about: Point = { x: 0, y: 0 }): View {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
  const grown = zoom / view.zoom;
  return {
    ...view,
    zoom,
    x: about.x - (about.x - view.x) * grown,
    y: about.y - (about.y - view.y) * grown,
  };
}

export function panned(view: View, by: Point): View {
  return { ...view, x: view.x + by.x, y: view.y + by.y };
}

/** The picture, drawn in `size` before zooming, never leaves the room further than its own edge. */
export function bounded(view: View, size: Size, room: Size): View {
  const within = (place: number, side: number, space: number) => {
    const most = Math.max(0, (side * view.zoom - space) / 2);
    return Math.min(most, Math.max(-most, place)) || 0;
  };
  return {
    ...view,
    x: within(view.x, size.width, room.width),
    y: within(view.y, size.height, room.height),
  };
}

/** Contrast and brightness times a factor each. */
export function lit(view: View, { contrast = 1, brightness = 1 }): View {
  const within = (value: number) => Math.min(MOST_LIGHT, Math.max(LEAST_LIGHT, value));
  return {
    ...view,
    contrast: within(view.contrast * contrast),
    brightness: within(view.brightness * brightness),
  };
}

export function isPlain(view: View): boolean {
  return (Object.keys(PLAIN) as (keyof View)[]).every((name) => view[name] === PLAIN[name]);
}

/** As CSS takes it; empty where nothing is changed. */
export function transformOf({ zoom, x, y }: View): string {
  return zoom === 1 && x === 0 && y === 0 ? "" : `translate(${x}px, ${y}px) scale(${zoom})`;
}

export function filterOf({ contrast, brightness, isInverted }: View): string {
  const parts: string[] = [];
  if (isInverted) parts.push("invert(1)");
  if (brightness !== 1) parts.push(`brightness(${brightness})`);
  if (contrast !== 1) parts.push(`contrast(${contrast})`);
  return parts.join(" ");
}
