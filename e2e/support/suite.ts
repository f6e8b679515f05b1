import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished, type TestContext } from 'vitest';
import type { Sandbox, SandboxOptions } from '@taskpilot-chat/sandbox';
import { launchBrowser, visit, type Visit } from './browser.js';
import { startBuiltSandbox, startWorld, type World, type WorldOptions } from './world.js';

interface BrowserSuite {
  readonly browser: Browser;
  /**
   * A new visitor, who leaves when the test ends.
   *
   * @param onFinished the hook of the test's own context, which concurrent tests need
   */
  readonly visit: (
    options?: BrowserContextOptions,
    onFinished?: TestContext['onTestFinished'],
  ) => Promise<Visit>;
}

export interface WorldSuite extends BrowserSuite {
  readonly world: World;
}

export interface SandboxSuite extends BrowserSuite {
  readonly sandbox: Sandbox;
}

/** Starts a browser beside `start` before the tests of the file, and closes both after them. */
function useBrowserWith<T extends { close(): Promise<void> }>(
  start: () => Promise<T>,
): BrowserSuite & { readonly server: T } {
  let started: { readonly browser: Browser; readonly server: T } | undefined;
  const get = () => {
    if (!started) throw new Error('The suite has not started: use it inside of tests only.');
    return started;
  };
  beforeAll(async () => {
    const [browser, server] = await Promise.all([launchBrowser(), start()]);
    started = { browser, server };
  });
  afterAll(async () => {
    await Promise.all([started?.browser.close(), started?.server.close()]);
  });
  return {
    get browser() {
      return get().browser;
    },
    get server() {
      return get().server;
    },
    visit: async (options, onFinished = onTestFinished) => {
      const visitor = await visit(get().browser, options);
      onFinished(() => visitor.close());
      return visitor;
    },
  };
}

/** A browser, and the service with the example pages, for the tests of this file. */
export function useWorld(options?: WorldOptions): WorldSuite {
  const suite = useBrowserWith(() => startWorld(options));
  return {
    get browser() {
      return suite.browser;
    },
    get world() {
      return suite.server;
    },
    visit: suite.visit,
  };
}

/** A browser, and the sandbox alone, for the tests of this file. */
export function useSandbox(options?: SandboxOptions): SandboxSuite {
  const suite = useBrowserWith(() => startBuiltSandbox(options));
  return {
    get browser() {
      return suite.browser;
    },
    get sandbox() {
      return suite.server;
    },
    visit: suite.visit,
  };
}
