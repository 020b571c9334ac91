/** What a page of reviews does when it is left: nothing is lost, and nothing stays held for nobody. */
import { csrfToken } from "../lib/api";
import type { SoleTab } from "./tabs";

interface Leaving {
  readonly outbox: { readonly waiting: number };
  /** Until when the person holds tasks; null for none. */
  readonly heldUntil: string | null;
}

/** Warns while decisions wait, gives holds back, and loads anew a page that is gone back to. */
export function mindLeaving(project: string, session: Leaving, tab: Pick<SoleTab, "close">): void {
  addEventListener("beforeunload", (event) => {
    if (session.outbox.waiting > 0) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    tab.close();
    // An answer that has not arrived keeps its hold, so that nobody else is asked meanwhile.
    if (session.heldUntil === null || session.outbox.waiting > 0) return;
    const until = encodeURIComponent(session.heldUntil);
    void fetch(`/api/v1/projects/${project}/review/reservations/?until=${until}`, {
      method: "DELETE",
      keepalive: true,
      headers: { "X-CSRFToken": csrfToken() },
    });
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
