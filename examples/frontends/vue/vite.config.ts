import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

// While you develop, Vite serves the pages, and hands calls to the API on to your backend: one origin for the browser.
const api = process.env['API'] ?? 'http://localhost:8000';
const issuer = process.env['LATCHSTRING_ISSUER'] ?? 'http://localhost:4000';

export default defineConfig({
  // The built page gets Latchstring's address from the backend that serves it.
  plugins: [
    vue(),
    {
      name: 'issuer',
      apply: 'serve',
      transformIndexHtml: (html) => html.replace('%LATCHSTRING_ISSUER%', issuer),
    },
  ],
  publicDir: '../shared/public',
  server: { port: 5173, strictPort: true, proxy: { '/api': api }, fs: { allow: ['..'] } },
});
