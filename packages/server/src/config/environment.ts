import { readFileSync } from 'node:fs';
import { parseStrictJson } from '@latchstring/verifier';
import { ConfigurationError } from './options.ts';
import type { LatchstringOptions } from './options.ts';
import { TIMES, timeVariable } from './times.ts';
import type { TimeName } from './times.ts';

type OptionName = Exclude<keyof LatchstringOptions, 'clockOffset' | 'logTo'>;
type Kind = 'text' | 'list' | 'number' | 'switch';

const VARIABLES: readonly (readonly [OptionName, string, Kind])[] = [
  ['issuer', 'LATCHSTRING_ISSUER', 'text'],
  ['audience', 'LATCHSTRING_AUDIENCE', 'text'],
  ['secret', 'LATCHSTRING_SECRET', 'text'],
  ['secretPrevious', 'LATCHSTRING_SECRET_PREVIOUS', 'list'],
  ['hs256Secret', 'LATCHSTRING_HS256_SECRET', 'text'],
  ['introspectionSecret', 'LATCHSTRING_INTROSPECTION_SECRET', 'text'],
  ['databaseUrl', 'LATCHSTRING_DATABASE_URL', 'text'],
  ['databasePrepare', 'LATCHSTRING_DATABASE_PREPARE', 'switch'],
  ['databaseDirectUrl', 'LATCHSTRING_DATABASE_DIRECT_URL', 'text'],
  ['redisUrl', 'LATCHSTRING_REDIS_URL', 'text'],
  ['origins', 'LATCHSTRING_ORIGINS', 'list'],
  ['cookieDomain', 'LATCHSTRING_COOKIE_DOMAIN', 'text'],
  ['cookieSameSite', 'LATCHSTRING_COOKIE_SAME_SITE', 'text'],
  ['trustedProxies', 'LATCHSTRING_TRUSTED_PROXIES', 'list'],
  ['port', 'LATCHSTRING_PORT', 'number'],
  ['host', 'LATCHSTRING_HOST', 'text'],
  ['signingAlgorithm', 'LATCHSTRING_SIGNING_ALGORITHM', 'text'],
  ['limits', 'LATCHSTRING_LIMITS', 'text'],
  ['passwordConcurrency', 'LATCHSTRING_PASSWORD_CONCURRENCY', 'number'],
  ['logLevel', 'LATCHSTRING_LOG_LEVEL', 'text'],
  ...(Object.keys(TIMES) as TimeName[]).map((name) => [name, timeVariable(name), 'number'] as const),
];

/** Variables that are read elsewhere than here. */
const OTHER_VARIABLES = /^LATCHSTRING_(CONFIG|TEST_.+)$/;

/**
 * Reads the options from a configuration file, where `file` or `LATCHSTRING_CONFIG` names one, and from the environment,
 * which wins. An unknown name is refused, so that a slip of the pen does not go unnoticed.
 */
export function readOptions(environment: NodeJS.ProcessEnv, file?: string): LatchstringOptions {
  const path = file ?? environment['LATCHSTRING_CONFIG'];
  const problems: string[] = [];
  const options = {
    ...(path === undefined ? {} : readFile(path, problems)),
    ...readEnvironment(environment, problems),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  // What is missing or of the wrong kind is found by resolveSettings.
  return options as unknown as LatchstringOptions;
}

function readEnvironment(environment: NodeJS.ProcessEnv, problems: string[]): Record<string, unknown> {
  const known = new Set(VARIABLES.map(([, variable]) => variable));
  for (const variable of Object.keys(environment)) {
    if (variable.startsWith('LATCHSTRING_') && !known.has(variable) && !OTHER_VARIABLES.test(variable)) {
      problems.push(`${variable} is not a setting of Latchstring. Is it misspelled?`);
    }
  }
  const options: Record<string, unknown> = {};
  for (const [name, variable, kind] of VARIABLES) {
    const text = environment[variable];
    if (text !== undefined && text !== '') options[name] = parse(text, kind, variable, problems);
  }
  return options;
}

function parse(text: string, kind: Kind, variable: string, problems: string[]): unknown {
  switch (kind) {
    case 'text':
      return text;
    case 'list':
      return text
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
    case 'number':
      if (!/^\d{1,10}(\.\d{1,6})?$/.test(text)) problems.push(`${variable} is a number, such as 900 or 2.5.`);
      return Number(text);
    case 'switch':
      if (text !== 'on' && text !== 'off') problems.push(`${variable} is on or off.`);
      return text === 'on';
  }
}

function readFile(path: string, problems: string[]): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseStrictJson(readFileSync(path));
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'is not there' : 'is not JSON';
    problems.push(`The configuration file ${path} ${why}.`);
    return {};
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push(`The configuration file ${path} must hold one JSON object.`);
    return {};
  }
  const kinds = new Map(VARIABLES.map(([name, , kind]) => [name as string, kind]));
  for (const [name, entry] of Object.entries(value)) {
    const kind = kinds.get(name);
    if (kind === undefined) problems.push(`The configuration file ${path} has an unknown name: ${name}`);
    else if (!hasKind(entry, kind))
      problems.push(`The configuration file ${path} has the wrong type for: ${name}`);
  }
  return value as Record<string, unknown>;
}

function hasKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'list':
      return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
    case 'number':
      return typeof value === 'number';
    case 'switch':
      return typeof value === 'boolean';
  }
}
