import { describe, expect, expectTypeOf, it } from 'vitest';
import { ChatKitServer } from './server.js';
import { MemoryStore } from './memory-store.js';
import { allowedHeaders, checkHeaderNames, negotiateLocale, pageOf } from './request-context.js';
import type { Responder } from './responder.js';
import { create, done, saying } from './test/harness.js';

describe('The language of an answer', () => {
  it.each<[known: unknown, accepted: string | undefined, offered: string[], locale: string]>([
    [undefined, 'de-CH, de;q=0.9, en;q=0.5', ['en', 'de'], 'de'],
    [undefined, 'de-CH', ['en', 'de-CH', 'de'], 'de-CH'],
    [undefined, 'ja', ['en', 'de'], 'en'],
    [undefined, 'fr;q=0.1, pt-br', [], 'pt-BR'],
    [undefined, '*', [], 'en'],
    [undefined, 'not a language!', [], 'en'],
    [undefined, undefined, [], 'en'],
    [undefined, undefined, ['nl'], 'nl'],
    ['fr', 'de', ['en', 'de', 'fr'], 'fr'],
    ['ja', 'de', ['en', 'de'], 'de'],
    ['de-at', 'en', [], 'de-AT'],
    [17, 'de', [], 'de'],
    ['no language', 'de', [], 'de'],
  ])('A6: known %j, accepted %j, offered %j: %s', (known, accepted, offered, locale) => {
    expect(negotiateLocale(known, accepted, offered)).toBe(locale);
  });
});

describe('The headers that a responder gets', () => {
  it('A6: are those on the list, and never credentials', () => {
    const headers = { 'x-tenant': 'a', 'x-more': ['b', 'c'], cookie: 'secret', other: 'd' };
    expect(allowedHeaders(headers, checkHeaderNames(['X-Tenant', 'x-more', 'x-none']))).toEqual({
      'x-tenant': 'a',
      'x-more': 'b, c',
    });
    for (const name of ['Cookie', 'authorization', 'Proxy-Authorization', 'a header', '']) {
      expect(() => checkHeaderNames([name])).toThrow(RangeError);
    }
  });
});

describe('What the page is about', () => {
  it('A6: is the object in metadata.page, and nothing else', () => {
    expect(pageOf({ page: { path: '/orders' } })).toEqual({ path: '/orders' });
    for (const page of [undefined, null, 'text', [1]]) expect(pageOf({ page })).toBeNull();
  });
});

describe('The context of a responder', () => {
  it('A6: has the caller with the type of the application', async () => {
    interface App {
      readonly org: string;
      readonly lookUp: () => string;
    }
    const responder: Responder<App> = {
      async *respond(thread, _message, context) {
        expectTypeOf(context.caller.org).toEqualTypeOf<string>();
        expectTypeOf(context.locale).toEqualTypeOf<string>();
        const { caller, locale, page, headers } = context;
        yield done(
          saying(thread, context, JSON.stringify([caller.lookUp(), locale, page, headers])),
        );
        await Promise.resolve();
      },
    };
    const server = new ChatKitServer<App>({
      store: new MemoryStore(),
      responder,
      headers: ['x-tenant'],
      locales: ['en', 'de'],
    });
    const result = await server.process(
      { ...create('Hello'), metadata: { page: { path: '/orders' } } },
      {
        user: 'alice',
        caller: { user: 'alice', org: 'acme', lookUp: () => 'looked up' },
        headers: { 'accept-language': 'de-DE', 'x-tenant': 't', cookie: 'c' },
        signal: new AbortController().signal,
      },
    );
    const events = [];
    if (result.type === 'stream') for await (const event of result.events) events.push(event);
    expect(events.at(-1)).toMatchObject({
      item: {
        content: [
          { text: JSON.stringify(['looked up', 'de', { path: '/orders' }, { 'x-tenant': 't' }]) },
        ],
      },
    });
  });
});
