import { launch, type Browser, type Frame, type KeyInput, type Page } from 'puppeteer-core';
import { Key, type WebDriver, type WebElement } from 'selenium-webdriver';
import { chromium, firefox, webkit } from '../../scripts/engines.js';

/** The one page of a browser, whichever engine it has. Scripts are expressions, which run in strict tests of no type. */
export interface EnginePage {
  goto(url: string): Promise<void>;
  /** The value of an expression, as JSON. */
  value(expression: string): Promise<unknown>;
  /** The same in ChatKit's frame; undefined while there is none. */
  valueInChat(expression: string): Promise<unknown>;
  /** A real click in the middle of the element that an expression yields. */
  click(expression: string): Promise<void>;
  clickInChat(expression: string): Promise<void>;
  /** Real keys, to what has the focus. */
  type(text: string): Promise<void>;
  press(key: 'Enter' | 'Escape' | 'Tab'): Promise<void>;
  close(): Promise<void>;
}

export const engines: Readonly<Record<string, () => Promise<EnginePage>>> = {
  Chromium: async () => new PuppeteerPage(await launch(chromium)).start(),
  Firefox: async () => new PuppeteerPage(await launch(firefox)).start(),
  WebKit: async () => new WebDriverPage(await webkit()),
};

const chatFrame = `document.querySelector('taskpilot-chat')?.chatkit?.shadowRoot?.querySelector('iframe')`;

class PuppeteerPage implements EnginePage {
  readonly #browser: Browser;
  #opened: Page | undefined;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async start(): Promise<this> {
    this.#opened = await this.#browser.newPage();
    await this.#opened.setViewport({ width: 1000, height: 700 });
    return this;
  }

  get #page(): Page {
    if (!this.#opened) throw new Error('not started');
    return this.#opened;
  }

  get #chat(): Frame | undefined {
    return this.#page.frames().find((frame) => frame.url().includes('/deployments/chatkit/'));
  }

  async goto(url: string): Promise<void> {
    await this.#page.goto(url);
  }

  value(expression: string): Promise<unknown> {
    return this.#page.evaluate(expression);
  }

  async valueInChat(expression: string): Promise<unknown> {
    return this.#chat?.evaluate(expression);
  }

  click(expression: string): Promise<void> {
    return this.#clickIn(this.#page, expression);
  }

  async clickInChat(expression: string): Promise<void> {
    if (!this.#chat) throw new Error('no frame');
    await this.#clickIn(this.#chat, expression);
  }

  async #clickIn(frame: Page | Frame, expression: string): Promise<void> {
    const handle = await frame.evaluateHandle(expression);
    const element = handle.asElement();
    if (!element) throw new Error(`no element: ${expression}`);
    await (element as unknown as { click(): Promise<void> }).click();
  }

  type(text: string): Promise<void> {
    return this.#page.keyboard.type(text);
  }

  press(key: KeyInput): Promise<void> {
    return this.#page.keyboard.press(key);
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

class WebDriverPage implements EnginePage {
  readonly #driver: WebDriver;

  constructor(driver: WebDriver) {
    this.#driver = driver;
  }

  goto(url: string): Promise<void> {
    return this.#driver.get(url);
  }

  value(expression: string): Promise<unknown> {
    return this.#driver.executeScript(`return ${expression}`);
  }

  async valueInChat(expression: string): Promise<unknown> {
    return this.#inChat(() => this.value(expression));
  }

  async click(expression: string): Promise<void> {
    const element = await this.#driver.executeScript<WebElement | null>(`return ${expression}`);
    if (!element) throw new Error(`no element: ${expression}`);
    await element.click();
  }

  async clickInChat(expression: string): Promise<void> {
    await this.#inChat(() => this.click(expression));
  }

  async #inChat<T>(action: () => Promise<T>): Promise<T | undefined> {
    const frame = await this.#driver.executeScript<WebElement | null>(`return ${chatFrame}`);
    if (!frame) return undefined;
    await this.#driver.switchTo().frame(frame);
    try {
      return await action();
    } finally {
      await this.#driver.switchTo().defaultContent();
    }
  }

  async type(text: string): Promise<void> {
    await this.#driver.actions().sendKeys(text).perform();
  }

  async press(key: 'Enter' | 'Escape' | 'Tab'): Promise<void> {
    const code = { Enter: Key.ENTER, Escape: Key.ESCAPE, Tab: Key.TAB }[key];
    await this.#driver.actions().sendKeys(code).perform();
  }

  async close(): Promise<void> {
    await this.#driver.quit();
  }
}
