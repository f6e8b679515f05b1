import { describe } from 'vitest';
import type { Store } from '../../chatkit/index.js';
import { sizeTests } from '../../chatkit/test/size-tests.js';
import { attachmentTests } from './attachment-tests.js';
import { feedbackTests } from './feedback-tests.js';
import { itemTests } from './item-tests.js';
import { isolationTests } from './isolation-tests.js';
import { requestTests } from './request-tests.js';
import { threadTests } from './thread-tests.js';
import { transactionTests } from './transaction-tests.js';

/** One store as two instances of the service see it; the same object twice for a store in memory. */
export type Stores = readonly [Store, Store];

/** Tests for every store. Called within a `describe`; `stores` is called within its tests. */
export function storeSuite(stores: () => Stores): void {
  describe('threads', () => threadTests(stores));
  describe('items', () => itemTests(stores));
  describe('feedback', () => feedbackTests(stores));
  describe('attachments', () => attachmentTests(stores));
  describe('requests', () => requestTests(stores));
  describe('sizes', () => sizeTests(() => stores()[0]));
  describe('isolation', () => isolationTests(stores));
  describe('transactions', () => transactionTests(stores));
}
