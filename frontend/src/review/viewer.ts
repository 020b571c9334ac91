/** The picture under the person's hands: wheel, pinch, drag, keys and the light's sliders. */
import { byId } from "../lib/dom";
import {
  bounded,
  filterOf,
  isPlain,
  lit,
  PLAIN,
  type Point,
  panned,
  transformOf,
  type View,
  zoomed,
} from "./view";

const STEP = 1.5;
const PAN_SHARE = 0.2;
const LIGHT_STEP = 1.25;
/** Of a wheel's step; a trackpad's pinch comes as a wheel with Ctrl, in smaller ones. */
const WHEEL = 0.0016;
const PINCH = 0.012;

export class Viewer {
  private view: View = PLAIN;
  private picture: HTMLElement | undefined;
  private readonly fingers = new Map<number, Point>();
  private readonly contrast = byId<HTMLInputElement>("review-contrast");
  private readonly brightness = byId<HTMLInputElement>("review-brightness");
  private readonly inverted = byId<HTMLInputElement>("review-invert");

  constructor(private readonly mat: HTMLElement) {
    mat.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    mat.addEventListener("pointerdown", (event) => this.down(event));
    mat.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"] as const) {
      mat.addEventListener(end, (event) => this.up(event));
    }
    for (const slider of [this.contrast, this.brightness]) {
      slider.addEventListener("input", () => this.slide());
    }
    this.inverted.addEventListener("input", () => this.slide());
  }

  /** Begins anew with a picture, or with none. */
  hold(picture: HTMLElement | undefined): void {
    this.picture = picture;
    this.fingers.clear();
    this.see(PLAIN);
  }

  /** The room has changed. */
  refit(): void {
    this.see(this.view);
  }

  zoom(direction: 1 | -1): void {
    this.see(zoomed(this.view, STEP ** direction));
  }

  pan(x: -1 | 0 | 1, y: -1 | 0 | 1): void {
    const { clientWidth, clientHeight } = this.mat;
    this.see(
      panned(this.view, { x: -x * clientWidth * PAN_SHARE, y: -y * clientHeight * PAN_SHARE }),
    );
  }

  light(what: "contrast" | "brightness", direction: 1 | -1): void {
    this.see(lit(this.view, { [what]: LIGHT_STEP ** direction }));
  }

  invert(): void {
    this.see({ ...this.view, isInverted: !this.view.isInverted });
  }

  reset(): void {
    this.see(PLAIN);
  }

  private see(view: View): void {
    const { mat, picture } = this;
    this.view = view.zoom === 1 ? { ...view, x: 0, y: 0 } : this.within(view);
    mat.toggleAttribute("data-zoomed", this.view.zoom > 1);
    mat.toggleAttribute("data-changed", !isPlain(this.view));
    this.contrast.value = String(Math.log2(this.view.contrast));
    this.brightness.value = String(Math.log2(this.view.brightness));
    this.inverted.checked = this.view.isInverted;
    if (!picture) return;
    picture.style.transform = transformOf(this.view);
    picture.style.filter = filterOf(this.view);
  }

  private within(view: View): View {
    const { mat, picture } = this;
    const room = { width: mat.clientWidth, height: mat.clientHeight };
    return bounded(
      view,
      { width: picture?.offsetWidth ?? 0, height: picture?.offsetHeight ?? 0 },
      room,
    );
  }

  private slide(): void {
    this.see({
      ...this.view,
      contrast: 2 ** Number(this.contrast.value),
      brightness: 2 ** Number(this.brightness.value),
      isInverted: this.inverted.checked,
    });
  }

  private wheel(event: WheelEvent): void {
    if (!this.picture) return;
    event.preventDefault();
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? PINCH : WHEEL));
    this.see(zoomed(this.view, factor, this.fromCentre(event)));
  }

  private down(event: PointerEvent): void {
    if (!this.picture || event.button !== 0) return;
    this.fingers.set(event.pointerId, this.fromCentre(event));
    if (this.view.zoom > 1 || this.fingers.size > 1) this.mat.setPointerCapture(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = this.fromCentre(event);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    if (!other) {
      this.see(panned(this.view, { x: now.x - before.x, y: now.y - before.y }));
      return;
    }
    const middle = (one: Point) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
    const gap = (one: Point) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
    const [from, to] = [middle(before), middle(now)];
    const moved = panned(this.view, { x: to.x - from.x, y: to.y - from.y });
    this.see(zoomed(moved, gap(now) / gap(before), to));
  }

  private up(event: PointerEvent): void {
    this.fingers.delete(event.pointerId);
  }

  private fromCentre({ clientX, clientY }: MouseEvent): Point {
    const { left, top, width, height } = this.mat.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }
}
