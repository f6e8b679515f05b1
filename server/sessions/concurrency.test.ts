import { describe, expect, it } from 'vitest';
import { failing, ok, resetting, type Behaviour } from '../test/fake-openai.js';
import { useHarness } from '../test/harness.js';

const harness = useHarness();

const crowd = {
  AUTH: 'header',
  AUTH_HEADER: 'x-user',
  TRUST_PROXY: 'loopback',
  RATE_LIMIT_PER_MINUTE: '100000',
  MAX_IN_FLIGHT: '2000',
  // So many at once take longer than a visitor would wait, on a machine that has much else to do.
  UPSTREAM_TIMEOUT_MS: '60000',
};

interface Answer {
  readonly client_secret: string;
  readonly session_id: string;
}

/** Chance that is the same in every run: a linear congruential generator. */
function seededChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('Many visitors', () => {
  it('FR-012: at once never get each other’s session', async () => {
    const upstream = await harness.openAI();
    const service = await harness.service(crowd, { upstream });
    const users = Array.from({ length: 1000 }, (_, index) => `user ${index}`);
    const answers = await Promise.all(
      users.map(async (user) => (await service.open({ 'x-user': user })).json<Answer>()),
    );
    expect(new Set(answers.map((answer) => answer.session_id)).size).toBe(1000);
    expect(new Set(answers.map((answer) => answer.client_secret)).size).toBe(1000);
    for (const [index, answer] of answers.entries()) {
      expect(answer.client_secret).toMatch(new RegExp(`_of_user ${index}$`));
    }
    expect((await service.inject('/metrics')).payload).toContain('_in_flight 0');
  });

  it('FR-012: without a cookie are as many users', async () => {
    const upstream = await harness.openAI();
    const service = await harness.service({ RATE_LIMIT_PER_MINUTE: '1000' }, { upstream });
    await Promise.all(Array.from({ length: 100 }, () => service.open()));
    const users = upstream.calls.map(({ body }) => (body as { user: string }).user);
    expect(new Set(users).size).toBe(100);
  });

  it('SC-002: of 1,000 at least 99 % get a session when 2 % of the calls fail', async () => {
    const upstream = await harness.openAI();
    const chance = seededChance(7);
    const faults = [failing(500), failing(503), failing(429), resetting];
    let failed = 0;
    const moody: Behaviour = (...exchange) => {
      const fault = chance() < 0.02 ? faults[failed++ % faults.length] : undefined;
      (fault ?? ok())(...exchange);
    };
    upstream.behave(moody);
    const service = await harness.service(crowd, { upstream, sleep: () => Promise.resolve() });
    let succeeded = 0;
    for (let batch = 0; batch < 20; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => service.open({ 'x-user': `${batch}-${index}` })),
      );
      succeeded += answers.filter(({ statusCode }) => statusCode === 200).length;
    }
    // Without another try these alone would be too many.
    expect(failed).toBeGreaterThan(20);
    expect(succeeded).toBeGreaterThanOrEqual(990);
  });
});
