import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const root = resolve(import.meta.dirname, "frontend");
const pages = readdirSync(resolve(root, "src/pages")).filter(
  (name) => name.endsWith(".ts") && !name.endsWith(".test.ts"),
);

/** One sprite of the icons that frontend/icons.json names, so that no page repeats their paths. */
function iconSprite(): Plugin {
  return {
    name: "icon-sprite",
    generateBundle() {
      const list = resolve(root, "icons.json");
      this.addWatchFile(list);
      const names = JSON.parse(readFileSync(list, "utf8")) as string[];
      const symbols = names.map((name) => {
        const file = resolve(import.meta.dirname, `node_modules/lucide-static/icons/${name}.svg`);
        const body = readFileSync(file, "utf8").match(/<svg[^>]*>([\s\S]*)<\/svg>/)?.[1] ?? "";
        return `<symbol id="${name}" viewBox="0 0 24 24">${body.replace(/\s+/g, " ").trim()}</symbol>`;
      });
      this.emitFile({
        type: "asset",
        fileName: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`,
      });
    },
  };
}

export default defineConfig({
  root,
  base: "/static/",
  publicDir: "public",
  plugins: [iconSprite()],
  build: {
    outDir: "dist",
    manifest: "manifest.json",
    target: "es2022",
    rollupOptions: {
      input: ["src/main.ts", ...pages.map((name) => `src/pages/${name}`)].map((name) =>
        resolve(root, name),
      ),
    },
  },
});
