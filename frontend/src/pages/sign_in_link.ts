/** Presses the button once a person sees the page: a prefetch or preview must not use the link up. */
const form = document.querySelector<HTMLFormElement>("#sign-in-link");

function press(): void {
  if (document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", press);
  form?.requestSubmit();
}

document.addEventListener("visibilitychange", press);
press();
