import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const GROUPS = [
  {
    name: "react",
    test: /node_modules[\\/](react|react-dom|scheduler|use-sync-external-store|@tanstack|openapi-fetch)[\\/]/,
  },
  {
    name: "widgets",
    test: /node_modules[\\/](react-aria|react-aria-components|react-stately|@internationalized)[\\/]/,
  },
  { name: "icons", test: /node_modules[\\/]lucide-react[\\/]/ },
  { name: "common", test: /src[\\/](api|design|models)[\\/]/ },
];

// Every address is relative: the server may stand below any path (see index.html's <base>).
export default defineConfig({
  base: "./",
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/penstock/_server/static",
    emptyOutDir: true,
    manifest: true,
    // `light-dark()` is kept as it is written: the page's colours hang on `color-scheme`.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // Nothing may be a data address: fonts and scripts come from the server alone.
    assetsInlineLimit: 0,
    // What every page has comes in a few files: browsers fetch six at a time from such a server.
    rolldownOptions: { output: { codeSplitting: { groups: GROUPS } } },
  },
  server: {
    port: 5173,
    proxy: { "/api": { target: "http://localhost:4200", changeOrigin: true } },
  },
  // One environment for all: making it costs more than the tests, and they leave nothing behind.
  test: { environment: "happy-dom", isolate: false, include: ["src/**/*.test.{ts,tsx}"] },
});
