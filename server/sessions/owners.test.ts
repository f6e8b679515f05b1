import { describe, expect, it } from 'vitest';
import { SessionOwners } from './owners.js';

describe('SessionOwners', () => {
  it('knows whose session is whose until it expires', () => {
    let now = 1_000_000;
    const owners = new SessionOwners(() => now);
    owners.add('a', 'ann', 1010);
    expect(owners.owns('a', 'ann')).toBe(true);
    expect(owners.owns('a', 'bob')).toBe(false);
    expect(owners.owns('b', 'ann')).toBe(false);
    now = 1_010_000;
    expect(owners.owns('a', 'ann')).toBe(false);
  });

  it('forgets a session that has ended', () => {
    const owners = new SessionOwners(() => 0);
    owners.add('a', 'ann', 1);
    owners.delete('a');
    expect(owners.owns('a', 'ann')).toBe(false);
  });

  it('forgets the oldest when there are too many', () => {
    const owners = new SessionOwners(() => 0, 2);
    for (const id of ['a', 'b', 'c']) owners.add(id, 'ann', 10);
    expect(['a', 'b', 'c'].map((id) => owners.owns(id, 'ann'))).toEqual([false, true, true]);
  });
});
