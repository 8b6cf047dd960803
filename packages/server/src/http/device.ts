import Bowser from 'bowser';
import type { DeviceFacts } from '../domain/session.ts';
import type { RequestContext } from './context.ts';

const USER_AGENT_LENGTH = 256;

/** What is kept of the device that logs in. */
export function deviceFacts(context: RequestContext): DeviceFacts {
  // Control characters can't be in a header; what is left is cut, and shown as text only.
  return {
    userAgent: (context.req.header('user-agent') ?? '').slice(0, USER_AGENT_LENGTH),
    ip: context.get('address'),
  };
}

const UNKNOWN = 'Unknown device';

/** A name for a device that its owner recognises, such as "Firefox on Linux". */
export function deviceName(userAgent: string): string {
  if (userAgent === '') return UNKNOWN;
  const { browser, os } = Bowser.parse(userAgent);
  const name = [browser.name, userAgent.split(/[/\s]/)[0], UNKNOWN].find(isNamed);
  return isNamed(os.name) ? `${name} on ${os.name}` : String(name);
}

function isNamed(name: string | undefined): name is string {
  return name !== undefined && name !== '';
}
