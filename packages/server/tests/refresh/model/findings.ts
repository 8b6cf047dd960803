import type { ModelTimes } from './schedules.ts';
import type { Judgement, Party } from './server.ts';
import type { Run } from './simulation.ts';

/** What is wrong with a run without a thief: sentences, none for a good run. */
export function honestFindings({ judgements }: Run): string[] {
  const refused = judgements.filter(({ kind }) => kind !== 'accept');
  return [
    ...lineageFindings(judgements),
    ...refused.slice(0, 1).map(({ at, kind }) => `a false refusal at ${at}: ${kind}`),
  ];
}

/**
 * What is wrong with a run with a thief. Once one of the two has used a token that was minted for it alone, so that it
 * became the current one, the other is never served again, and is found at its first use after S.
 */
export function theftFindings(run: Run, { supersededWindow }: ModelTimes): string[] {
  const { judgements, stolen, loginsAsked } = run;
  const found = lineageFindings(judgements);
  const since: Partial<Record<Party, number>> = {};
  for (const { at, kind, party, promoted, token } of judgements) {
    const other = since[party === 'person' ? 'thief' : 'person'];
    if (other !== undefined && kind === 'accept') found.push(`two lives at ${at}: the ${party} was served`);
    if (other !== undefined && kind === 'superseded' && at - other > supersededWindow)
      found.push(`a theft was not found at ${at}`);
    // An ancestor of the stolen token is nobody's own.
    const isOwn = stolen !== undefined && token !== stolen && token.generation >= stolen.generation;
    if (promoted && isOwn) since[party] ??= at;
  }
  if (!judgements.some(({ kind }) => kind === 'theft')) found.push('both went on and no theft was found');
  if (loginsAsked > 0) found.push('the page asked to log in, and the thief lives on');
  return found;
}

/** One line of tokens: each is the child of the one before it, and none that was replaced is ever served again. */
function lineageFindings(judgements: readonly Judgement[]): string[] {
  const found: string[] = [];
  let generation = 0;
  for (const { at, kind, promoted, token } of judgements) {
    if (kind !== 'accept') continue;
    if (promoted && token.generation !== generation + 1) found.push(`a generation was left out at ${at}`);
    if (promoted) generation = token.generation;
    else if (token.generation < generation) found.push(`an old generation was served at ${at}`);
  }
  const lines = new Map<number, Uint8Array>();
  for (const { at, promoted, token } of judgements) {
    if (!promoted) continue;
    const parent = lines.get(token.generation - 1);
    if (lines.has(token.generation)) found.push(`a second line at ${at}`);
    if (parent !== undefined && !Buffer.from(parent).equals(token.parentNonce))
      found.push(`a line without a parent at ${at}`);
    lines.set(token.generation, token.nonce);
  }
  return found;
}

/** The run in words, for a person who wants to know how it came about. */
export function describeRun({ judgements, stolen }: Run): string {
  const names = new Map<string, string>();
  const name = (nonce: Uint8Array): string => {
    const key = Buffer.from(nonce).toString('hex');
    if (!names.has(key)) names.set(key, `t${names.size}`);
    return names.get(key) ?? key;
  };
  return judgements
    .map(({ at, party, token, kind, promoted, child }) => {
      const notes = [
        token === stolen ? 'copied' : '',
        promoted ? 'promoted' : '',
        child ? `child ${name(child.nonce)}` : '',
      ];
      return `${at}: ${party} uses ${name(token.nonce)} (${token.generation}): ${[kind, ...notes.filter(Boolean)].join(', ')}`;
    })
    .join('\n');
}
