import { describe, expect, it } from 'vitest';
import { callByPath, decodeFrameParams, encodeFrameParams, withMarkers } from './frame-params.js';

describe('The parameters of the frame', () => {
  it('survive the way through the address', () => {
    const params = { options: { greeting: 'Grüße & “mehr” #1 %20' }, origin: 'https://a.example' };
    expect(decodeFrameParams(`#${encodeFrameParams(params)}`)).toEqual(params);
  });

  it.each(['', '#', '#%', '#nonsense', '#null', '#{}', '#%7B%22options%22%3A1%7D'])(
    'are none in “%s”',
    (hash) => {
      expect(decodeFrameParams(hash)).toBeNull();
    },
  );

  it('have markers where the page has functions, and nothing where it has nothing', () => {
    const options = {
      api: { getClientSecret: () => 'x' },
      list: [{ onClick: () => undefined }],
      locale: undefined,
      initialThread: null,
    };
    expect(withMarkers(options)).toEqual({
      api: { getClientSecret: { $function: 'api.getClientSecret' } },
      list: [{ onClick: { $function: 'list.0.onClick' } }],
      initialThread: null,
    });
  });
});

describe('callByPath', () => {
  const options = {
    api: {
      prefix: 'ek_',
      getClientSecret(current: string) {
        return this.prefix + current;
      },
    },
  };

  it('calls a function of the page as a method of its object', () => {
    expect(callByPath(options, 'api.getClientSecret', ['1'])).toBe('ek_1');
  });

  it.each(['api', 'api.nothing', 'nothing.at.all', 'api.constructor', 'toString', ''])(
    'calls nothing else: “%s”',
    (path) => {
      expect(() => callByPath(options, path, [])).toThrow(TypeError);
    },
  );
});
