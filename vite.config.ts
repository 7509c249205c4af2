// npm run build:web: the dashboard, from web/ into dist-web/, which the server serves. `vite` alone serves it with the API of a `millrace dev`.
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: "web",
  plugins: [react()],
  // Everything is a file of its own: the content security policy knows no inline code and no data: but images.
  build: {
    outDir: "../dist-web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    chunkSizeWarningLimit: 800,
  },
  server: { port: 5173, proxy: { "/api": "http://127.0.0.1:8288" } },
});
