/** Loaded by every page: styles, htmx, the theme, the frame, and htmx's errors as toasts. */
import "../styles/index.css";
import "htmx.org";
import { bindFrame } from "./frame";
import { csrfToken, errorFrom } from "./lib/api";
import { toast } from "./lib/dom";
import { bindThemeChoice } from "./lib/theme";

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = (event as CustomEvent).detail;
  ctx.request.headers["X-CSRFToken"] = csrfToken();
});

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = (event as CustomEvent).detail;
  toast(errorFrom(ctx.response?.status ?? 0, null).message, "bad");
});

bindThemeChoice();
bindFrame();
