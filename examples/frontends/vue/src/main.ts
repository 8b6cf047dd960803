import { LatchstringPlugin, guardRouter } from '@latchstring/vue';
import { createApp } from 'vue';
import '../../shared/styles/index.css';
import { followActivity } from './activity.ts';
import App from './app.vue';
import { client } from './client.ts';
import { router } from './router.ts';

followActivity(client);
guardRouter(router, client, { login: '/login', refused: '/refused' });

createApp(App).use(LatchstringPlugin, { client }).use(router).mount('#root');
