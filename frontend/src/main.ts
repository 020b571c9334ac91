/** Loaded by every page: styles, htmx, the theme, the frame, and htmx's errors as toasts. */
import "../styles/index.css";
import htmx from "htmx.org";
import { bindFrame } from "./frame";
import { csrfToken, errorFrom } from "./lib/api";
import { bindToast, toast } from "./lib/dom";
import { bindFocusKeeper } from "./lib/focus";
import { bindScrollers } from "./lib/scrollers";
import { bindThemeChoice } from "./lib/theme";

// What a person has opened, or scrolls by keyboard, stays so when the newest page is morphed in.
htmx.config.morphIgnore.push("open", "tabindex");

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = (event as CustomEvent).detail;
  ctx.request.headers["X-CSRFToken"] = csrfToken();
});

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = (event as CustomEvent).detail;
  // The top line asks by itself every few seconds: nobody pressed anything.
  if (ctx.sourceElement.id === "top") return;
  toast(errorFrom(ctx.response?.status ?? 0, null).message, "bad");
});

for (const box of document.querySelectorAll<HTMLElement>(".toast")) bindToast(box);
bindThemeChoice();
bindScrollers();
bindFocusKeeper();
bindFrame();
