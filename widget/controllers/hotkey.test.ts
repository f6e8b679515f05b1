import { matchesHotkey } from './hotkey.js';
import { expect } from '../test/testing.js';

const press = (key: string, held: KeyboardEventInit = {}): KeyboardEvent =>
  new KeyboardEvent('keydown', { key, ...held });

describe('matchesHotkey', () => {
  it('wants the key and just those that are to be held', () => {
    expect(matchesHotkey('ctrl+k', press('k', { ctrlKey: true }))).to.equal(true);
    expect(matchesHotkey('Ctrl+K', press('K', { ctrlKey: true }))).to.equal(true);
    expect(matchesHotkey('ctrl+k', press('j', { ctrlKey: true }))).to.equal(false);
    expect(matchesHotkey('ctrl+k', press('k'))).to.equal(false);
    expect(matchesHotkey('ctrl+k', press('k', { ctrlKey: true, altKey: true }))).to.equal(false);
    expect(matchesHotkey('alt+shift+k', press('K', { altKey: true }))).to.equal(false);
    expect(matchesHotkey('alt+shift+k', press('K', { altKey: true, shiftKey: true }))).to.equal(
      true,
    );
  });

  it('takes a character for which the keyboard wants the shift key', () => {
    expect(matchesHotkey('ctrl+?', press('?', { ctrlKey: true, shiftKey: true }))).to.equal(true);
  });

  it('knows the modifier of the system', () => {
    const own = Object.getOwnPropertyDescriptor(navigator, 'platform');
    const on = (platform: string) => {
      Object.defineProperty(navigator, 'platform', { value: platform, configurable: true });
      return [{ metaKey: true }, { ctrlKey: true }].map((held) =>
        matchesHotkey('mod+/', press('/', held)),
      );
    };
    expect(on('MacIntel')).to.deep.equal([true, false]);
    expect(on('Linux x86_64')).to.deep.equal([false, true]);
    if (own) Object.defineProperty(navigator, 'platform', own);
    else Reflect.deleteProperty(navigator, 'platform');
  });

  it('never fires at what somebody types, nor without a hotkey or a key', () => {
    expect(matchesHotkey('k', press('k'))).to.equal(false);
    expect(matchesHotkey(undefined, press('k', { ctrlKey: true }))).to.equal(false);
    // A browser that fills in a form fires such events.
    expect(matchesHotkey('ctrl+k', new Event('keydown') as KeyboardEvent)).to.equal(false);
  });
});
