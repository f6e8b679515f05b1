/// <reference types="chai" />

/**
 * @open-wc/testing with types of ours: its own make a promise of every `equal`, so that nothing would tell an assertion
 * that has to be awaited from one that has not.
 */
export const expect: Chai.ExpectStatic;

declare global {
  namespace Chai {
    interface Assertion {
      /** What axe-core finds; to be awaited. */
      accessible(): Promise<void>;
    }
  }
}
