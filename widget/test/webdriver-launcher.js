import { Key } from 'selenium-webdriver';

/** @type {Readonly<Record<string, string>>} */
const keys = Key;
/** @param {string} key as DOM events name it */
const code = (key) => keys[key.toUpperCase()] ?? keys[`ARROW_${key.slice(5).toUpperCase()}`] ?? key;

/**
 * Launcher of @web/test-runner for a browser that only a WebDriver reaches: each test file is the top document of the
 * one window, and gets real keys by `sendKeys`.
 *
 * @param {string} name
 * @param {() => Promise<import('selenium-webdriver').WebDriver>} start
 */
export function webdriverLauncher(name, start) {
  /** @type {Promise<import('selenium-webdriver').WebDriver> | undefined} */
  let driver;
  /** @type {string | undefined} */
  let active;
  /** @param {(actions: import('selenium-webdriver').Actions) => unknown} add */
  const act = async (add) => {
    const actions = (await driver)?.actions();
    if (!actions) throw new Error('not started');
    add(actions);
    await actions.perform();
  };
  return {
    name,
    type: 'puppeteer',
    concurrency: 1,
    /** @param {string} id @param {string} url */
    async startSession(id, url) {
      active = id;
      await (await (driver ??= start())).get(url);
    },
    /** @param {string} id */
    isActive: (id) => id === active,
    getBrowserUrl: async () => (await driver)?.getCurrentUrl(),
    async stopSession() {
      active = undefined;
      await (await driver)?.get('about:blank');
      return {};
    },
    async stop() {
      await (await driver)?.quit();
    },
    startDebugSession() {
      throw new Error('not supported');
    },
    /** What the commands of @web/test-runner use of a page of Puppeteer's. */
    getPage: () => ({
      /** @param {{ width: number, height: number }} size of what the page gets, without the window's own parts */
      async setViewport({ width, height }) {
        const started = await driver;
        if (!started) throw new Error('not started');
        const [x = 0, y = 0] = /** @type {number[]} */ (
          await started.executeScript('return [outerWidth - innerWidth, outerHeight - innerHeight]')
        );
        await started
          .manage()
          .window()
          .setRect({ width: width + x, height: height + y });
        // WebKitGTK answers before the page has its new size, and its window gets no narrower than its toolbar.
        await started.wait(
          () =>
            started.executeScript(
              'return innerHeight === arguments[1] && innerWidth >= arguments[0] && innerWidth <= Math.max(arguments[0], 480)',
              width,
              height,
            ),
          5000,
          `The window has not got ${width} × ${height} pixels.`,
        );
      },
      keyboard: {
        /** @param {string} text */
        type: (text) => act((actions) => actions.sendKeys(text)),
        /** @param {string} key */
        press: (key) => act((actions) => actions.sendKeys(code(key))),
        /** @param {string} key */
        down: (key) => act((actions) => actions.keyDown(code(key))),
        /** @param {string} key */
        up: (key) => act((actions) => actions.keyUp(code(key))),
      },
    }),
  };
}
