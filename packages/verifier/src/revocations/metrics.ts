import type { RevocationStatus } from './status.ts';

type Kind = 'counter' | 'gauge';

interface Metric {
  readonly name: string;
  readonly kind: Kind;
  readonly help: string;
  readonly value: (status: RevocationStatus) => number;
}

const STATES: readonly RevocationStatus['state'][] = ['none', 'starting', 'fresh', 'late', 'stale', 'closed'];

const METRICS: readonly Metric[] = [
  gauge(
    'staleness_seconds',
    'Seconds since what is revoked was known to be complete.',
    ({ staleness }) => staleness ?? Infinity,
  ),
  gauge('entries', 'Revocations held in memory.', ({ entries }) => entries),
  gauge('streaming', 'Whether events come over a stream (1) or by long polls (0).', ({ transport }) =>
    transport === 'stream' ? 1 : 0,
  ),
  counter('reconnects_total', 'Connections after the first.', ({ reconnects }) => reconnects),
  counter('gaps_total', 'Events that did not follow on what was known.', ({ gaps }) => gaps),
  counter('rejected_total', "Events that were not the issuer's, or broken.", ({ rejected }) => rejected),
  counter(
    'accepted_late_total',
    'Requests that passed while the feed was late.',
    ({ acceptedLate }) => acceptedLate,
  ),
  counter(
    'accepted_stale_total',
    'Requests that passed while the feed was stale.',
    ({ acceptedStale }) => acceptedStale,
  ),
  counter(
    'refused_stale_total',
    'Requests refused as revocations_stale.',
    ({ refusedStale }) => refusedStale,
  ),
];

const PREFIX = 'latchstring_revocations_';

/** A status in Prometheus's text format (version 0.0.4), each metric with its HELP and TYPE. */
export function formatRevocationMetrics(status: RevocationStatus): string {
  const lines = METRICS.flatMap(({ name, kind, help, value }) => [
    ...heading(name, kind, help),
    `${PREFIX}${name} ${formatValue(value(status))}`,
  ]);
  const states = STATES.map((state) => `${PREFIX}state{state="${state}"} ${status.state === state ? 1 : 0}`);
  return [...lines, ...heading('state', 'gauge', 'The state that the feed is in: 1.'), ...states, ''].join(
    '\n',
  );
}

function heading(name: string, kind: Kind, help: string): string[] {
  return [`# HELP ${PREFIX}${name} ${help}`, `# TYPE ${PREFIX}${name} ${kind}`];
}

function formatValue(value: number): string {
  return value === Infinity ? '+Inf' : String(value);
}

function gauge(name: string, help: string, value: Metric['value']): Metric {
  return { name, kind: 'gauge', help, value };
}

function counter(name: string, help: string, value: Metric['value']): Metric {
  return { name, kind: 'counter', help, value };
}
