/** Light, dark, or as the system has it. public/theme.js applies the stored choice before the first paint. */

export type Theme = "system" | "light" | "dark";

const KEY = "assay-theme";

export function storedTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function setTheme(theme: Theme): void {
  if (theme === "system") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.dataset.theme = theme;
  }
  document.dispatchEvent(new Event("assay:theme"));
}

/** Calls `run` whenever colours change, by choice or by the system. */
export function onThemeChange(run: () => void): void {
  document.addEventListener("assay:theme", run);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", run);
}

/** Makes every `<select data-theme-choice>` or button group of radios choose the theme. */
export function bindThemeChoice(): void {
  for (const choice of document.querySelectorAll<HTMLInputElement>("input[data-theme-choice]")) {
    choice.checked = choice.value === storedTheme();
    choice.addEventListener("change", () => setTheme(choice.value as Theme));
  }
}
