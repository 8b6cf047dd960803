import { nextTick } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import { titleOf } from '../../shared/messages.js';
import AdminPage from './pages/admin.vue';
import HomePage from './pages/home.vue';
import LoginPage from './pages/login.vue';
import NotFoundPage from './pages/not-found.vue';
import RefusedPage from './pages/refused.vue';
import SessionsPage from './pages/sessions.vue';
import SignUpPage from './pages/sign-up.vue';

/** The pages. `requires` says whom one is for: the guard of @latchstring/vue reads it. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: HomePage },
    { path: '/sessions', component: SessionsPage, meta: { requires: true } },
    { path: '/admin', component: AdminPage, meta: { requires: 'admin' } },
    { path: '/refused', component: RefusedPage, meta: { requires: true } },
    { path: '/login', component: LoginPage },
    { path: '/sign-up', component: SignUpPage },
    { path: '/:path(.*)*', component: NotFoundPage },
  ],
});

router.afterEach((to, from) => {
  document.title = titleOf(to.path);
  if (from.matched.length === 0) return;
  window.scrollTo(0, 0);
  // Keyboard and screen reader go on where the new page begins.
  void nextTick(() => document.querySelector('main')?.focus());
});
