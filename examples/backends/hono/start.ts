import { serve } from '@hono/node-server';
import { createApp } from './src/app.ts';
import { readSettings } from './src/settings.ts';

const settings = readSettings(process.env);
const { fetch } = createApp(settings);
const server = serve({ fetch, port: settings.port, hostname: settings.host }, ({ port }) => {
  console.log(`The example listens on http://localhost:${port}`);
});
process.once('SIGTERM', () => server.close());
process.once('SIGINT', () => server.close());
