import { createApp } from './src/app.ts';
import { readSettings } from './src/settings.ts';

const settings = readSettings(process.env);
const server = createApp(settings).listen(settings.port, settings.host, (error) => {
  if (error) throw error;
  console.log(`The example listens on http://localhost:${settings.port}`);
});
process.once('SIGTERM', () => server.close());
process.once('SIGINT', () => server.close());
