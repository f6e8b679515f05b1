import { expect } from '../test/testing.js';
import { en } from './en.js';
import {
  formatNumber,
  isRightToLeft,
  languageOf,
  languages,
  loadLanguage,
  stringsFor,
} from './index.js';

const wanted = 'ar bn de es fr hi id it ja ko pt-BR ru tr ur zh-CN'.split(' ');

/** Texts that another language has in common with English. */
const sameAsEnglish: Readonly<Record<string, readonly string[]>> = {};

const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe('The texts', () => {
  it('are there in sixteen languages', () => {
    expect([...languages].sort()).to.deep.equal(wanted);
  });

  for (const language of languages) {
    it(`are complete, and translated, in ${language}`, async () => {
      const { strings } = await loadLanguage(language);
      const texts: Readonly<Record<string, string>> = { ...strings };
      const names = Object.keys(en).filter((name) => name !== 'chat');
      expect(Object.keys(texts).sort()).to.deep.equal(names.sort());
      for (const [name, english] of Object.entries(en)) {
        const text = texts[name] ?? stringsFor(language).chat;
        expect(text.trim(), name).to.equal(text).and.not.to.equal('');
        expect(placeholders(text), name).to.deep.equal(placeholders(english));
        // A sentence stays a sentence, an unfinished action stays one.
        expect(/[.।。۔]$/.test(text), name).to.equal(english.endsWith('.'));
        expect(text.endsWith('…'), name).to.equal(english.endsWith('…'));
        if (name === 'chat' || sameAsEnglish[language]?.includes(name)) continue;
        expect(text, name).not.to.equal(english);
      }
    });
  }

  it('follow the language of the locale, whatever its region, and are English otherwise', () => {
    const locales = {
      'ar-EG': 'ar',
      AR_sa: 'ar',
      pt: 'pt-BR',
      'pt-PT': 'pt-BR',
      'ur-PK': 'ur',
      in: 'id',
      zh: 'zh-CN',
      'zh-SG': 'zh-CN',
      'zh-Hans-HK': 'zh-CN',
      'zh-TW': 'en',
      'zh-Hant': 'en',
      'zh-HK': 'en',
      'en-GB': 'en',
      fi: 'en',
      fil: 'en',
      constructor: 'en',
      '': 'en',
    };
    const found = Object.keys(locales).map((locale) => [locale, languageOf(locale)]);
    expect(Object.fromEntries(found)).to.deep.equal(locales);
  });

  it('are English until a language has come, but for the bubble', () => {
    expect(stringsFor('ja')).to.deep.equal({ ...en, chat: 'チャット' });
    expect(stringsFor('en')).to.deep.equal(en);
  });

  it('can be overridden one by one', async () => {
    const { strings } = await loadLanguage('de');
    const { retry, close, chat } = stringsFor('de', strings, { retry: 'Los!', chat: 'Hilfe' });
    expect([retry, close, chat]).to.deep.equal(['Los!', 'Schließen', 'Hilfe']);
  });

  it('run from right to left where the script does', () => {
    expect(
      ['ar', 'ar-EG', 'he', 'fa-IR', 'ur', 'ckb', 'pa-PK'].filter(isRightToLeft),
    ).to.have.length(7);
    expect(['en', 'de', 'ja', 'arn', 'pa', '-'].filter(isRightToLeft)).to.have.length(0);
  });

  it('have the numbers of their language', () => {
    expect(formatNumber(57, 'de')).to.equal('57');
    expect(formatNumber(57, 'bn')).to.equal('৫৭');
  });
});
