/** A small panel that opens over the page: it takes the focus, and gives it back when it closes. */

export class Flyout {
  private from: HTMLElement | undefined;

  /** `stay` has the focus where nothing had it before. */
  constructor(
    private readonly panel: HTMLElement,
    private readonly stay: HTMLElement,
  ) {
    panel.dataset.ownKeys = "";
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.close();
    });
    document.addEventListener("pointerdown", (event) => {
      if (this.isOpen && event.target instanceof Node && !panel.contains(event.target)) {
        this.close();
      }
    });
  }

  get isOpen(): boolean {
    return !this.panel.hidden;
  }

  open(): void {
    if (this.isOpen) return;
    const active = document.activeElement;
    this.from = active instanceof HTMLElement && active !== document.body ? active : undefined;
    this.panel.hidden = false;
    this.panel.querySelector<HTMLElement>("[autofocus], button, input")?.focus();
  }

  close(): void {
    if (!this.isOpen) return;
    const hadFocus = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    if (hadFocus) (this.from?.isConnected ? this.from : this.stay).focus();
  }
}
