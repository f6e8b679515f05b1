/** The tests' one door to @open-wc/testing; testing.d.ts says why. */
export { expect } from '@open-wc/testing';
