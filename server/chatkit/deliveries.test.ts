import { describe, expect, it, vi } from 'vitest';
import { Deliveries, repeatWindowMs } from './deliveries.js';

describe('Deliveries', () => {
  const signals = () => {
    const { signal } = new AbortController();
    return { signal, disconnected: signal };
  };

  it('remembers the end of a stream while others come and go, and forgets it later', () => {
    let now = 0;
    const deliveries = new Deliveries(() => now);
    const first = deliveries.open('first', signals());
    first.begin();
    first.end('complete');
    deliveries.open('second', signals());
    expect(deliveries.stateOf('first')).toEqual({ type: 'delivered' });
    now += repeatWindowMs + 1;
    deliveries.open('third', signals());
    expect(deliveries.stateOf('first')).toEqual({ type: 'unknown' });
    expect(deliveries.stateOf('second').type).toBe('open');
  });

  it('takes a stream for cut that nobody begins to read', async () => {
    vi.useFakeTimers();
    try {
      const deliveries = new Deliveries(() => 0);
      deliveries.open('item', signals());
      const state = deliveries.stateOf('item');
      const ended = state.type === 'open' && state.left.type === 'answer' ? state.left.ended : null;
      vi.advanceTimersByTime(10_000);
      expect(await ended).toBe('cut');
      expect(deliveries.stateOf('item')).toEqual({ type: 'lost', left: { type: 'nothing' } });
    } finally {
      vi.useRealTimers();
    }
  });
});
