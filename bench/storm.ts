/** What a storm of logins does to refreshes, and to itself: `npm run bench -- storm`. README.md says what the figures mean. */
import { printFigures, printTable } from './lib/report.ts';
import { fullOrQuick, median, percentile, round } from './lib/statistics.ts';
import { createSqliteFile } from './service/databases.ts';
import { startService } from './service/service.ts';
import { createClients } from './storm/clients.ts';

const ROUNDS = fullOrQuick(5, 2);
const REFRESHES_PER_SECOND = fullOrQuick(200, 50);
const SECONDS = fullOrQuick(5, 0.4);
/** How many times as many logins are offered as argon2 alone could check. */
const EXCESS = 5;

const database = await createSqliteFile();
const service = await startService(database.url);
const clients = await createClients(service, { perSecond: REFRESHES_PER_SECOND, seconds: SECONDS });
// Once through, so that all of it is warm.
await clients.refresh();
await clients.logIn(20);

const rounds = [];
for (let at = 0; at < ROUNDS; at++) {
  const quiet = await clients.refresh();
  const before = await service.hashesPerSecond(SECONDS * 300);
  const [storm, logins] = await Promise.all([clients.refresh(), clients.logIn(before * EXCESS)]);
  // On both sides of the storm, so that a machine that others use as well disturbs both.
  const limit = (before + (await service.hashesPerSecond(SECONDS * 300))) / 2;
  rounds.push({ quiet: percentile(quiet, 99), limit, storm: percentile(storm, 99), ...logins });
}
clients.close();
await service.stop();
await database.drop();

printTable(
  `${REFRESHES_PER_SECOND} refreshes a second, quiet and while ${EXCESS} times as many logins are offered as argon2 alone can check`,
  ['round', 'quiet p99 ms', 'storm p99 ms', 'argon2 alone /s', 'logins served /s', 'told to come later /s'],
  rounds.map(({ quiet, storm, limit, served, refused }, at) => [
    String(at + 1),
    round(quiet, 2),
    round(storm, 2),
    round(limit, 1),
    round(served, 1),
    round(refused, 1),
  ]),
);
printFigures({
  refresh_p99_over_quiet: round(median(rounds.map(({ storm, quiet }) => storm / quiet)), 2),
  logins_of_argon2_limit: round(median(rounds.map(({ served, limit }) => served / limit)), 2),
});
