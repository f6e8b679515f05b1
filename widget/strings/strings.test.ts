import { expect } from '../test/testing.js';
import { ar } from './ar.js';
import { en } from './en.js';
import { isRightToLeft, stringsFor, stringsLanguage } from './index.js';

describe('The texts', () => {
  it('are complete in every language', () => {
    for (const strings of [ar, en]) {
      expect(Object.keys(strings).sort()).to.deep.equal(Object.keys(en).sort());
      for (const text of Object.values(strings)) expect(text.trim()).not.to.equal('');
    }
  });

  it('follow the language of the locale, whatever its region, and are English otherwise', () => {
    expect(stringsFor('ar-EG')).to.deep.equal(ar);
    expect(stringsFor('AR_sa').chat).to.equal(ar.chat);
    expect(stringsFor('fi').chat).to.equal(en.chat);
    expect(stringsFor('constructor').chat).to.equal(en.chat);
    expect(stringsLanguage('ar-EG')).to.equal('ar');
    expect(stringsLanguage('fi')).to.equal('en');
  });

  it('can be overridden one by one', () => {
    const strings = stringsFor('en', { retry: 'Once more' });
    expect(strings.retry).to.equal('Once more');
    expect(strings.close).to.equal('Close');
  });

  it('run from right to left where the language does', () => {
    expect(['ar', 'ar-EG', 'he', 'fa-IR', 'ur'].filter(isRightToLeft)).to.have.length(5);
    expect(['en', 'de', 'ja', 'arn'].filter(isRightToLeft)).to.have.length(0);
  });
});
