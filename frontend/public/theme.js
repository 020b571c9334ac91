// Loaded before the first paint, so that a stored choice never flashes: see src/lib/theme.ts.
{
  const theme = localStorage.getItem("assay-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
}
