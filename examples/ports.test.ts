import { describe, expect, it } from 'vitest';
import { listenFrom } from './ports.js';

const taken = (...ports: number[]) => {
  const tried: number[] = [];
  const listen = (port: number): Promise<number> => {
    tried.push(port);
    return ports.includes(port)
      ? Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' }))
      : Promise.resolve(port);
  };
  return { tried, listen };
};

describe('listenFrom', () => {
  it('takes the usual port, and the next free one when that is taken', async () => {
    expect(await listenFrom(4000, taken().listen)).toBe(4000);
    expect(await listenFrom(4000, taken(4000, 4001).listen)).toBe(4002);
  });

  it('gives up after ten', async () => {
    const { tried, listen } = taken(...Array.from({ length: 20 }, (_, index) => 4000 + index));
    await expect(listenFrom(4000, listen)).rejects.toThrow('taken');
    expect(tried).toHaveLength(10);
  });

  it('does not try again after another failure', async () => {
    const failure = Object.assign(new Error('denied'), { code: 'EACCES' });
    await expect(listenFrom(80, () => Promise.reject(failure))).rejects.toBe(failure);
  });
});
