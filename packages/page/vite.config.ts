import { defineConfig } from "vite";

/** What `buildPage` hands to Vite: one page, whose places are files of their own. */
export default defineConfig({
  root: import.meta.dirname,
  // The addresses of its files begin where the page is, so that it can also be opened as a file.
  base: "./",
  // The server's policy allows no scripts but those of files, and every browser that this is for knows modulepreload.
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  logLevel: "warn",
});
