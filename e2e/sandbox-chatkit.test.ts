import { describe, expect, it } from 'vitest';
import type { Scenario } from '@taskpilot-chat/sandbox';
import { ask, openBarePage, say } from './support/bare-page.js';
import { useSandbox } from './support/suite.js';

const suite = useSandbox({ wordDelayMs: 4 });

const open = (scenario?: Scenario) => openBarePage(suite, scenario);
const frameSrc = `chat.shadowRoot.querySelector('iframe').src`;

describe('The stand-in for <openai-chatkit>', () => {
  it('has the shadow root and the frame of the real one', async () => {
    const { page, start, frame } = await open();
    await start({ frameTitle: 'Help' });
    await frame.getByRole('main', { name: 'Help' }).waitFor();
    const seen = await page.evaluate(`(() => {
      const [style, iframe] = chat.shadowRoot.children;
      const { display, position } = getComputedStyle(chat);
      return {
        tags: [style.localName, iframe.localName],
        allow: iframe.allow, sandbox: iframe.hasAttribute('sandbox'), title: iframe.title,
        frame: getComputedStyle(iframe).position, display, position,
        origin: new URL(iframe.src).origin, height: chat.offsetHeight,
      };
    })()`);
    expect(seen).toEqual({
      tags: ['style', 'iframe'],
      allow: 'clipboard-read; clipboard-write',
      sandbox: false,
      title: 'Help',
      frame: 'absolute',
      display: 'block',
      position: 'relative',
      origin: suite.sandbox.url,
      height: 640,
    });
  });

  it('starts only when it is in the page and has options, whichever comes first', async () => {
    const { page, asked, frame } = await open();
    await page.evaluate('document.body.append(chat)');
    expect(await page.evaluate(frameSrc)).toBe('');
    await page.evaluate('chat.setOptions({ api: hosted })');
    await frame.getByRole('textbox', { name: 'Message' }).waitFor();
    expect(asked).toEqual(['null']);
  });

  it('may be loaded twice', async () => {
    const { page, start, frame, problems } = await open();
    await page.addScriptTag({ url: suite.sandbox.base().chatkitSrc });
    await start();
    await frame.getByRole('textbox', { name: 'Message' }).waitFor();
    expect(problems).toEqual([]);
  });

  it('sends the options in the frame’s address, without functions or secrets', async () => {
    const { page, start, frame } = await open();
    await start({ startScreen: { greeting: 'Grüße' } });
    await frame.getByRole('heading', { name: 'Grüße' }).waitFor();
    const address = await page.evaluate<string>(frameSrc);
    expect(decodeURIComponent(address)).toContain('"greeting":"Grüße"');
    expect(decodeURIComponent(address)).not.toMatch(/ek_|=>|sk-/);
  });

  it('replaces options and never merges them; writes into the object that it is given', async () => {
    const { page, start, frame } = await open();
    await start({ disclaimer: { text: 'May be wrong' }, startScreen: { greeting: 'One' } });
    await frame.getByText('May be wrong').waitFor();
    await page.evaluate(
      `window.given = { api: hosted, startScreen: { greeting: 'Two' } }; chat.setOptions(given)`,
    );
    await frame.getByRole('heading', { name: 'Two' }).waitFor();
    expect(await frame.getByText('May be wrong').count()).toBe(0);
    expect(await page.evaluate('Object.keys(given)')).toEqual([
      'api',
      'startScreen',
      'locale',
      'frameTitle',
    ]);
  });

  it.each([
    [{ greeting: 'x' }, 'Unrecognized key: "greeting"'],
    [{ api: { url: '/api/chatkit' } }, 'domain key'],
    [{ theme: 'blue' }, 'theme'],
  ])('refuses %j inside the frame, where the page cannot see it', async (options, problem) => {
    const bare = await open();
    const errors: string[] = [];
    bare.page.on('pageerror', (error) => errors.push(`${error.name}: ${error.message}`));
    await bare.start(options);
    await expect.poll(async () => (await bare.heard()).map(({ name }) => name)).toEqual(['ready']);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('InvalidFrameParamsError');
    expect(errors[0]).toContain(problem);
    expect(await bare.frame.locator('body').innerText()).toBe('');
    expect(bare.asked).toEqual([]);
  });

  it('dies when later options are wrong', async () => {
    const { page, start, frame } = await open();
    await start();
    await frame.getByRole('main').waitFor();
    await page.evaluate('chat.setOptions({ api: hosted, nonsense: 1 })');
    await frame.getByRole('main').waitFor({ state: 'detached' });
  });

  it('says ready for a frame in which nothing runs', async () => {
    const bare = await open('frame-dead');
    await bare.start();
    await expect.poll(() => bare.heard()).toEqual([{ name: 'ready', detail: null, bubbles: true }]);
    expect(bare.asked).toEqual([]);
  });

  it('never works again after it has left the page, not even for a moment', async () => {
    const bare = await open();
    await bare.start();
    await bare.frame.getByRole('textbox', { name: 'Message' }).waitFor();
    await bare.page.evaluate(
      `document.body.append(document.createElement('div')); document.querySelector('div').append(chat)`,
    );
    const refused = await bare.page.evaluate(
      `chat.sendUserMessage({ text: 'hi' }).then(() => 'sent', (error) => error.message)`,
    );
    expect(refused).toContain('left the page');
    expect(bare.asked).toEqual(['null']);
  });

  it('tells of threads and answers in events that do not bubble', async () => {
    const bare = await open();
    await bare.start({ history: { enabled: true } });
    await ask(bare, 'hello', 'I understand');
    await bare.page.evaluate('chat.showHistory().then(() => chat.hideHistory())');
    await bare.page.evaluate('chat.setThreadId(null)');
    const heard = await bare.heard();
    expect(heard.map(({ name }) => name)).toEqual([
      'ready',
      'response.start',
      'thread.change',
      'response.end',
      'history.open',
      'history.close',
      'thread.change',
    ]);
    expect(heard.filter(({ bubbles }) => bubbles).map(({ name }) => name)).toEqual(['ready']);
    expect(heard.at(-1)?.detail).toEqual({ threadId: null });
  });

  it('keeps calls until the frame has loaded', async () => {
    const { page, start, frame } = await open();
    const calling = page.evaluate(`chat.sendUserMessage({ text: 'add feed the cat' })`);
    await start();
    await calling;
    await frame.getByRole('log').getByText('Added feed the cat').waitFor();
  });

  it('takes the scenario of the script’s address along', async () => {
    const bare = await open('slow');
    await bare.start();
    await say(bare, 'hello');
    await bare.frame.getByRole('button', { name: 'Stop' }).waitFor();
    await bare.frame.getByRole('article', { name: 'Assistant' }).waitFor();
    const asked = suite.sandbox.requests.findLast(
      ({ path }) => path === '/v1/chatkit/conversation',
    );
    expect(asked?.scenario).toBe('slow');
  });
});
