import { expect, it } from 'vitest';
import { MemoryStore } from './memory-store.js';
import { describeStore } from './test/store-suite.js';

describeStore('MemoryStore', () => new MemoryStore());

it('MemoryStore deletes the oldest threads when there are too many', async () => {
  const store = new MemoryStore(2);
  for (const id of ['1', '2', '3']) {
    await store.saveThread(
      { id, created_at: '2026-11-01T10:00:00.000Z', status: { type: 'active' }, metadata: {} },
      { user: id },
    );
  }
  await expect(store.loadThread('1', { user: '1' })).rejects.toThrow('No thread 1');
  expect(await store.loadThread('3', { user: '3' })).toMatchObject({ id: '3' });
});
