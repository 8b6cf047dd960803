import { Require, useSession } from '@latchstring/react';
import { useEffect } from 'react';
import type { ReactElement } from 'react';
import { titleOf } from '../../shared/messages.js';
import { Header } from './parts/header.tsx';
import { Loading } from './parts/loading.tsx';
import { AdminPage } from './pages/admin.tsx';
import { LoginPage } from './pages/login.tsx';
import { NotFoundPage } from './pages/not-found.tsx';
import { NotesPage } from './pages/notes.tsx';
import { RefusedPage } from './pages/refused.tsx';
import { SessionsPage } from './pages/sessions.tsx';
import { SignUpPage } from './pages/sign-up.tsx';
import { WelcomePage } from './pages/welcome.tsx';
import { navigate, usePath } from './router.tsx';

const ENTRANCES = ['/login', '/sign-up'];

/** Header and page. */
export function App(): ReactElement {
  const path = usePath();
  const { status } = useSession();

  useEffect(() => {
    document.title = titleOf(path);
  }, [path]);

  // Also when the login happened in another tab.
  useEffect(() => {
    if (status === 'authenticated' && ENTRANCES.includes(path)) navigate('/', { replace: true });
  }, [status, path]);

  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        <Page path={path} />
      </main>
    </>
  );
}

// A page that needs a session shows the login in its place, so that after it the very page is there.
function Page({ path }: { readonly path: string }): ReactElement {
  switch (path) {
    case '/':
      return (
        <Require fallback={<WelcomePage />} loading={<Loading />}>
          <NotesPage />
        </Require>
      );
    case '/sessions':
      return (
        <Require fallback={<LoginPage />} loading={<Loading />}>
          <SessionsPage />
        </Require>
      );
    case '/admin':
      return (
        <Require fallback={<LoginPage />} loading={<Loading />}>
          <Require role="admin" fallback={<RefusedPage />}>
            <AdminPage />
          </Require>
        </Require>
      );
    case '/login':
      return <LoginPage />;
    case '/sign-up':
      return <SignUpPage />;
    default:
      return <NotFoundPage />;
  }
}
