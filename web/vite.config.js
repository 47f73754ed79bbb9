import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  // Every page is a chunk of its own; what is under 4 kB stays a file too, since our policy allows no inline scripts.
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  // Development: `npx vite` beside a running `spoor serve`.
  server: { proxy: { '/api': 'http://127.0.0.1:7067', '/login': 'http://127.0.0.1:7067' } },
});
