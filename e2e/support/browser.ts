import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core';
import { browserArguments, findBrowser } from '../../scripts/browser.js';

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await findBrowser(), args: browserArguments });
}

/** A page and its errors. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console and of scripts, in this page and its frames. */
  readonly problems: string[];
  close(): Promise<void>;
}

/** A visitor with an empty browser context. */
export async function visit(browser: Browser, options?: BrowserContextOptions): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  return { page, context, problems, close: () => context.close() };
}

export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
  deviceScaleFactor: 2,
};

/** The chat as a visitor finds it: by role and name, through shadow roots and frames. */
export class Chat {
  readonly page: Page;
  readonly name: string;

  constructor(page: Page, name = 'Chat') {
    this.page = page;
    this.name = name;
  }

  get bubble(): Locator {
    return this.page.getByRole('button', { name: this.name, exact: true });
  }

  get panel(): Locator {
    return this.page.getByRole('dialog', { name: this.name });
  }

  get frame(): FrameLocator {
    return this.page.locator('openai-chatkit').frameLocator('iframe');
  }

  get composer(): Locator {
    return this.frame.getByRole('textbox', { name: 'Message' });
  }

  get log(): Locator {
    return this.frame.getByRole('log');
  }

  get alert(): Locator {
    return this.page.locator('taskpilot-chat').getByRole('alert');
  }

  get retry(): Locator {
    return this.page.locator('taskpilot-chat').getByRole('button', { name: 'Try again' });
  }

  async state(): Promise<string> {
    return this.page
      .locator('taskpilot-chat')
      .evaluate((element) => (element as HTMLElement & { state: string }).state);
  }

  /** There while nothing is being answered; enabled when there is something to send. */
  get send(): Locator {
    return this.frame.getByRole('button', { name: 'Send' });
  }

  get questions(): Locator {
    return this.frame.getByRole('article', { name: 'You' });
  }

  /**
   * Sends a message as a person does, after the answer in progress. Waits until the whole
   * answer has arrived.
   *
   * @param timeout how long the answer may take, in milliseconds
   */
  async ask(text: string, answer: string | RegExp, timeout?: number): Promise<void> {
    const patience = timeout === undefined ? {} : { timeout };
    await this.composer.fill(text);
    await this.frame.getByRole('button', { name: 'Send', disabled: false }).waitFor();
    const asked = await this.questions.count();
    await this.composer.press('Enter');
    await this.questions.nth(asked).waitFor();
    await this.frame
      .getByRole('article', { name: 'Assistant' })
      .last()
      .filter({ hasText: answer })
      .waitFor(patience);
    await this.send.waitFor(patience);
  }
}

/** Bytes a second and milliseconds. */
export interface Network {
  readonly downloadThroughput: number;
  readonly uploadThroughput: number;
  readonly latency: number;
}

const kilobits = (count: number) => (count * 1024) / 8;

/** Figures of Lighthouse's presets for mobile networks. */
export const networks = {
  slow4g: { downloadThroughput: kilobits(1638), uploadThroughput: kilobits(750), latency: 150 },
  slow3g: { downloadThroughput: kilobits(400), uploadThroughput: kilobits(400), latency: 400 },
} as const satisfies Record<string, Network>;

/** Makes the page's network slow, that of its frames included. */
export async function throttle(page: Page, network: Network): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, ...network });
}
