import { expect, test } from 'vitest';
import { launchBrowser } from '../src/index.ts';

test('a browser starts with nothing of an earlier one in it', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.route('http://localhost/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<p>' }),
    );
    await page.goto('http://localhost/');
    expect(await page.evaluate('document.cookie + localStorage.length')).toBe('0');
  } finally {
    await browser.close();
  }
});
