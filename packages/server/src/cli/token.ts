import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { VerificationError, createVerifier, parseStrictJson, staticKeys } from '@latchstring/verifier';
import type { Verifier } from '@latchstring/verifier';
import { UsageError } from './report.ts';
import { readLine } from './service.ts';

interface VerifyOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly jwks?: string;
}

/** `latchstring token …` */
export function addTokenCommand(program: Command): void {
  const token = program.command('token').description('access tokens');

  token
    .command('inspect')
    .description('show what a token on standard input says of itself; checks nothing')
    .action(async () => {
      console.log(JSON.stringify(inspect((await readLine()).trim()), null, 2));
    });

  token
    .command('verify')
    .description('verify a token on standard input; prints the verdict and the code, exits with 1 on refusal')
    .requiredOption('--issuer <origin>', 'the issuer')
    .requiredOption('--audience <name>', 'the audience')
    .option('--jwks <file>', 'a key set; fetched from the issuer, unless given')
    .action(async (options: VerifyOptions) => {
      const code = await verify(createTokenVerifier(options), await readLine());
      console.log(JSON.stringify({ verdict: code === null ? 'accept' : 'reject', code }));
      if (code !== null) process.exitCode = 1;
    });
}

function createTokenVerifier({ issuer, audience, jwks }: VerifyOptions): Verifier {
  try {
    return createVerifier({
      issuer,
      audience,
      ...(jwks === undefined ? {} : { keys: staticKeys(readKeySet(jwks)) }),
    });
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

function readKeySet(path: string): ReturnType<typeof JSON.parse> {
  try {
    return parseStrictJson(readFileSync(path));
  } catch {
    throw new UsageError(`The key set ${path} is not there, or is not JSON.`);
  }
}

async function verify(verifier: Verifier, token: string): Promise<string | null> {
  try {
    await verifier.verifyToken(token);
    return null;
  } catch (error) {
    if (error instanceof VerificationError) return error.code;
    throw error;
  }
}

function inspect(token: string): object {
  if (token.startsWith('lsr_'))
    return { kind: 'refresh token', note: 'It is opaque: only the server reads it.' };
  const [header, payload, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || rest.length !== 1) {
    throw new UsageError('This is not a JWT in compact form: three parts with dots between them.');
  }
  return { kind: 'JWT, not verified', header: decode(header), claims: decode(payload) };
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    throw new UsageError('A part of this token is not base64url of JSON.');
  }
}
