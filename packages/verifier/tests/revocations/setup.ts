import { afterEach, expect } from 'vitest';
import type { RevocationOptions, RevocationStatus, Verifier, VerifierOptions } from '../../src/index.ts';
import { judge, KEY, request, token, verdict, verifierOf, type Json } from '../support.ts';
import { ScriptedIssuer } from './issuer.ts';
import { World } from './world.ts';

/** An issuer, time, and a verifier that follows the one by the other. */
export interface Scene {
  readonly world: World;
  readonly issuer: ScriptedIssuer;
  readonly verifier: Verifier;
  readonly failures: readonly string[];
  readonly status: RevocationStatus;
  /** What the verifier says about a token with these claims. */
  judge(changes?: Json): Promise<string>;
  /** What it says about a request to a route that chose its policy. */
  judgeRoute(onStale: 'closed' | 'open'): Promise<string>;
  /** Lets a stream stand and be up to date. */
  follow(): Promise<void>;
  /** Lets seconds pass, with a heartbeat each that has arrived. */
  live(seconds: number): Promise<void>;
  /** Lets seconds pass while the issuer says what it can, until the state of the feed is this one. */
  pass(seconds: number, state?: RevocationStatus['state']): Promise<void>;
  /** A token of now. */
  token(changes?: Json): string;
}

const scenes: { readonly verifier: Verifier; readonly issuer: ScriptedIssuer }[] = [];

afterEach(async () => {
  for (const { verifier, issuer } of scenes.splice(0)) {
    await verifier.close();
    await issuer.close();
  }
});

export async function createScene(
  revocations: RevocationOptions = {},
  options: Partial<VerifierOptions> = {},
): Promise<Scene> {
  const world = new World();
  const issuer = await new ScriptedIssuer(world).listen();
  const failures: string[] = [];
  const verifier = verifierOf(
    {
      now: world.now,
      revocations: {
        url: issuer.url,
        clock: world,
        random: () => 0.5,
        onFailure: ({ code }) => failures.push(code),
        ...revocations,
      },
      ...options,
    },
    [KEY.jwk],
  );
  scenes.push({ verifier, issuer });
  const scene: Scene = {
    world,
    issuer,
    verifier,
    failures,
    get status() {
      return verifier.revocations.status;
    },
    token(changes = {}) {
      const now = Math.floor(world.now());
      return token({ iat: now, exp: now + 900, ...changes });
    },
    judge: (changes) => judge(scene.token(changes), verifier),
    judgeRoute: (onStale) => {
      const authorization = `Bearer ${scene.token()}`;
      return verdict(() => verifier.verifyRequest(request({ authorization }), { onStale }));
    },
    async follow() {
      await scene.judge();
      await world.until(() => issuer.streams.size > 0, 'a stream');
      const isCurrent = (): boolean => {
        issuer.beat();
        return (scene.status.staleness ?? 1) < 0.001;
      };
      await world.until(isCurrent, 'a heartbeat');
    },
    async live(seconds) {
      for (let second = 0; second < seconds; second++) {
        world.advance(1);
        issuer.beat();
        await world.until(() => (scene.status.staleness ?? 1) < 0.5, 'a heartbeat');
      }
    },
    async pass(seconds, state) {
      const isThere = (): boolean => scene.status.state === state;
      for (let step = 0; step < 4 * seconds && !isThere(); step++) {
        world.advance(0.25);
        issuer.endPolls();
        await world.settle(isThere, 10);
      }
      if (state !== undefined) expect(scene.status.state).toBe(state);
    },
  };
  return scene;
}
