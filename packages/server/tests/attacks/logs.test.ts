import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ROUTES } from '@latchstring/protocol';
import { useService } from '../support/fixture.ts';
import { PASSWORD } from '../support/service.ts';

const SECRET = 'v7Jp2nXw9QzKc4TfRb8sLm3hYg6dEa1u';
const shared = useService({ logLevel: 'debug', secret: SECRET });

test('attack 103: no password, token, cookie, secret or email is in a log line or where it does not belong', async () => {
  const agent = shared.agent();
  const email = shared.email();
  const wrong = 'canary wrong password of someone';
  const next = 'canary four slow otters by the bridge';
  await agent.register(email);
  const bearer = await agent.clone().registerBearer(shared.email());
  const answers = [
    await agent.post(ROUTES.login, { email, password: wrong }),
    await agent.post(ROUTES.login, { email, password: `canary${PASSWORD.repeat(60)}` }),
    await agent.post(ROUTES.login, { email, password: PASSWORD, [`canary-${PASSWORD}`]: 'canary-value' }),
    await agent.post(ROUTES.passwordChange, { current_password: wrong, new_password: next }),
    await agent.post(ROUTES.passwordChange, { current_password: PASSWORD, new_password: next }),
    await agent.post(
      ROUTES.refresh,
      { refresh_token: 'canary-token' },
      { cookie: undefined, origin: undefined },
    ),
    await agent.send(`${ROUTES.session}?access_token=${bearer.access_token}`),
    await agent.send(`/nowhere/${bearer.access_token}`),
    await agent.send(`${ROUTES.sessions}/${bearer.refresh_token}`, { method: 'DELETE' }),
    await agent.bearer(ROUTES.session, `${bearer.access_token}x`),
    await agent.bearer(ROUTES.session, `canary.${bearer.access_token}`),
    await agent.send(ROUTES.session, { headers: { 'user-agent': 'canary-agent', cookie: 'canary=canary' } }),
    await agent.refresh(),
  ];
  const cookies = [...agent.cookies.values()];
  await agent.post(ROUTES.logout);
  const canaries = [
    ...[SECRET, PASSWORD, wrong, next, 'canary', bearer.access_token, bearer.refresh_token],
    ...cookies.filter((value) => value !== ''),
    // A half of a token opens nothing, and is not to be seen either.
    ...bearer.access_token.split('.'),
  ];
  const log = shared.log.join('');
  expect(shared.log.length).toBeGreaterThan(answers.length);
  for (const canary of [...canaries, email]) expect(log).not.toContain(canary);
  for (const { text } of answers) for (const canary of canaries) expect(text).not.toContain(canary);
});

test('attack 103: a service that is printed shows no secret', () => {
  const printed = inspect(shared.service, { depth: 10, showHidden: true });
  expect(printed).toContain(shared.service.settings.issuer);
  expect(printed).not.toContain(SECRET);
  expect(printed).not.toContain(shared.database.url);
});

test('attack 103: a defect is logged by its place, without its words', async () => {
  const { store } = shared.service.administration;
  const agent = shared.agent();
  await agent.register(shared.email());
  await store.close();
  const before = shared.log.length;
  const answer = await agent.session();
  expect(answer.status).toBeGreaterThanOrEqual(500);
  const lines = shared.log.slice(before).join('');
  expect(lines).toContain(answer.headers.get('x-trace-id'));
  expect(lines).not.toMatch(/select "|eyJ/i);
});
