import { LatchstringProvider } from '@latchstring/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ActivityProvider } from './activity.tsx';
import { App } from './app.tsx';
import { client } from './client.ts';
import '../../shared/styles/index.css';

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <LatchstringProvider client={client}>
        <ActivityProvider>
          <App />
        </ActivityProvider>
      </LatchstringProvider>
    </StrictMode>,
  );
}
