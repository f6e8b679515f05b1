import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../widget/${path}`, import.meta.url), 'utf8'));

interface Named {
  readonly name: string;
  readonly description?: string;
  readonly default?: string;
  readonly type?: { readonly text: string };
}

interface Declaration {
  readonly tagName: string;
  readonly summary: string;
  readonly members: readonly Named[];
  readonly attributes: readonly Named[];
  readonly events: readonly Named[];
  readonly cssProperties: readonly Named[];
  readonly cssParts: readonly Named[];
  readonly slots: readonly Named[];
}

interface Manifest {
  readonly modules: readonly {
    readonly path: string;
    readonly declarations: readonly Declaration[];
    readonly exports: readonly Named[];
  }[];
}

interface WebTypes {
  readonly name: string;
  readonly version: string;
  readonly contributions: {
    readonly html: {
      readonly elements: readonly {
        readonly name: string;
        readonly attributes: readonly (Named & { readonly value: { readonly type: string } })[];
        readonly js: { readonly events: readonly Named[] };
      }[];
    };
  };
}

interface CustomData {
  readonly tags: readonly {
    readonly name: string;
    readonly attributes: readonly (Named & { readonly values: readonly Named[] })[];
  }[];
}

const { modules } = read('dist/custom-elements.json') as Manifest;
const [element] = modules.flatMap(({ declarations }) => declarations);
if (!element) throw new Error('the manifest has no element');

const names = (entries: readonly Named[]) => entries.map(({ name }) => name);

describe('The custom elements manifest', () => {
  it('has the element alone, with the modules that the package exports', () => {
    const { exports } = read('package.json') as { exports: Record<string, { default: string }> };
    const exported = Object.values(exports).map(({ default: path }) => path);
    expect(modules.map(({ path }) => `./${path}`)).toEqual([
      exports['./element']?.default,
      exports['.']?.default,
    ]);
    expect(exported).toEqual(expect.arrayContaining(modules.map(({ path }) => `./${path}`)));
    expect(modules.map((module) => names(module.exports))).toEqual([
      ['TaskPilotChat'],
      ['taskpilot-chat'],
    ]);
    expect(element.tagName).toBe('taskpilot-chat');
    expect(element.summary).toMatch(/\w/);
  });

  it('has public members only, each with a description and a type', () => {
    const members = names(element.members);
    expect(members).toEqual(
      expect.arrayContaining(['layout', 'options', 'getAuthToken', 'state', 'show', 'sendMessage']),
    );
    expect(members.filter((name) => !/^[a-z]\w*$/i.test(name))).toEqual([]);
    expect(new Set(members).size).toBe(members.length);
    expect(element.members.filter(({ description }) => !description)).toEqual([]);
    expect(
      members.filter((name) => /^(update|render|willUpdate|styles|\w+Callback)$/.test(name)),
    ).toEqual([]);
    expect(JSON.stringify(element.members)).not.toContain('Controller');
  });

  it('has every attribute with type, description and default', () => {
    const found = Object.fromEntries(
      element.attributes.map(({ name, type, default: value }) => [name, [type?.text, value]]),
    );
    expect(found).toMatchObject({
      'session-endpoint': ['string', "'/api/chatkit/sessions'"],
      'chatkit-src': ['string', "'https://cdn.platform.openai.com/deployments/chatkit/chatkit.js'"],
      layout: ["'floating' | 'inline' | 'fullscreen'", "'floating'"],
      radius: ["'pill' | 'round' | 'soft' | 'sharp'", undefined],
      'color-scheme': ["'auto' | 'light' | 'dark'", "'auto'"],
      label: ['string', undefined],
      open: ['boolean', 'false'],
      retry: ['boolean', 'false'],
    });
    for (const name of Object.keys(found)) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(element.attributes.filter(({ description }) => !description)).toEqual([]);
  });

  it('has the events with the types of their details, ChatKit’s among them', () => {
    const found = Object.fromEntries(element.events.map(({ name, type }) => [name, type?.text]));
    expect(found).toMatchObject({
      'taskpilot-open': 'CustomEvent<undefined>',
      'taskpilot-state': 'CustomEvent<{ state: ChatStateKind }>',
      'taskpilot-unread': 'CustomEvent<{ count: number }>',
      'chatkit.thread.change': 'CustomEvent<{ threadId: string | null }>',
    });
    expect(Object.keys(found).filter((name) => !/^(taskpilot-|chatkit\.)/.test(name))).toEqual([]);
  });

  it('has parts, slots, and custom properties with their defaults', () => {
    expect(names(element.cssParts)).toContain('launcher');
    expect(names(element.slots)).toContain('launcher-icon');
    const styles = readFileSync(
      new URL('../widget/taskpilot-chat.styles.ts', import.meta.url),
      'utf8',
    );
    for (const { name, default: value } of element.cssProperties) {
      expect(styles).toContain(`var(${name}, `);
      if (value !== '#4f46e5') expect(styles).toContain(`var(${name}, ${value})`);
    }
  });
});

describe('The data for editors', () => {
  it('is named by package.json', () => {
    const manifest = read('package.json') as Record<string, unknown>;
    expect(manifest['customElements']).toBe('dist/custom-elements.json');
    expect(manifest['web-types']).toBe('./dist/web-types.json');
  });

  it('has the attributes and events for JetBrains', () => {
    const types = read('dist/web-types.json') as WebTypes;
    const { name, version } = read('package.json') as { name: string; version: string };
    expect([types.name, types.version]).toEqual([name, version]);
    const [tag] = types.contributions.html.elements;
    expect(tag?.name).toBe('taskpilot-chat');
    expect(names(tag?.attributes ?? [])).toEqual(names(element.attributes));
    expect(tag?.attributes.find((entry) => entry.name === 'layout')?.value.type).toContain(
      "'inline'",
    );
    expect(names(tag?.js.events ?? [])).toEqual(names(element.events));
  });

  it('offers the values of attributes in VS Code', () => {
    const data = read('dist/vscode.html-custom-data.json') as CustomData;
    const [tag] = data.tags;
    expect(tag?.name).toBe('taskpilot-chat');
    expect(names(tag?.attributes ?? [])).toEqual(names(element.attributes));
    const position = tag?.attributes.find((entry) => entry.name === 'position');
    expect(names(position?.values ?? [])).toEqual([
      'bottom-end',
      'bottom-start',
      'top-end',
      'top-start',
    ]);
  });
});
