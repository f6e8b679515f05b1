import {
  attributeControl,
  create,
  partControl,
  propertyControl,
  type Control,
} from './controls.js';
import { EventLog } from './event-log.js';
import { describeElement } from './manifest.js';
import { Preview } from './preview.js';
import { snippets, type Choice } from './snippets.js';

const tag = 'taskpilot-chat';

function byId<T extends Element>(id: string, type: abstract new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`The page has no ${id}.`);
  return element;
}

/** The controls that are not at their defaults. */
const chosen = <Value>(controls: readonly Control<Value>[]): [string, Value][] =>
  controls.flatMap(({ name, value }) => {
    const current = value();
    return current === null ? [] : [[name, current] as [string, Value]];
  });

/** The preview's own URLs, which the snippets need too, on whatever page they are pasted. */
const initialOf = (chat: HTMLElement, name: string): string | null => {
  const value = /endpoint|src/.test(name) ? chat.getAttribute(name) : null;
  return value === null ? null : new URL(value, location.href).href;
};

async function start(): Promise<void> {
  const frame = byId('preview', HTMLIFrameElement);
  const preview = new Preview(frame);
  const [response, chat] = await Promise.all([
    fetch('/playground/custom-elements.json'),
    preview.load(),
  ]);
  const description = describeElement(await response.json(), tag);

  const attributes = description.attributes.map((attribute) =>
    attributeControl(attribute, initialOf(chat, attribute.name)),
  );
  const properties = description.properties.map(propertyControl);
  const parts = description.parts.map(partControl);
  const log = new EventLog(description.events);
  const rows = (controls: readonly Control<unknown>[]) => controls.map(({ row }) => row);
  byId('attributes', HTMLElement).append(...rows(attributes));
  byId('properties', HTMLElement).append(...rows(properties));
  byId('parts', HTMLElement).append(...rows(parts));
  byId('events', HTMLElement).append(log.log, log.table);

  const kinds = Object.entries(snippets).map(([name, write], index) => {
    const input = create('input', { type: 'radio', name: 'kind', checked: index === 0 });
    byId('kinds', HTMLElement).append(create('label', { className: 'kind' }, input, name));
    return { input, write };
  });
  const code = byId('code', HTMLElement);
  const scheme = byId('scheme', HTMLSelectElement);
  const phone = byId('phone', HTMLInputElement);
  const rightToLeft = byId('rtl', HTMLInputElement);
  scheme.value = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';

  const choice = (): Choice => ({
    attributes: chosen(attributes).map(([name, value]) => ({ name, value })),
    properties: chosen(properties),
    parts: chosen(parts),
    script: new URL('/taskpilot-chat.js', location.href).href,
  });
  const update = (): void => {
    const current = choice();
    preview.show(
      current,
      attributes.map(({ name }) => name),
      { scheme: scheme.value as 'light' | 'dark', rightToLeft: rightToLeft.checked },
    );
    frame.classList.toggle('phone', phone.checked);
    code.textContent = kinds.find(({ input }) => input.checked)?.write(current) ?? '';
  };
  const listen = (): void => preview.listen(description.events, (event) => log.add(event));

  listen();
  update();
  document.addEventListener('input', update);
  byId('again', HTMLButtonElement).addEventListener('click', () => {
    void preview.load().then(() => {
      listen();
      update();
    });
  });
  byId('copy', HTMLButtonElement).addEventListener('click', ({ currentTarget }) => {
    void copy(currentTarget as HTMLButtonElement, code);
  });
  document.documentElement.dataset['state'] = 'ready';
}

async function copy(button: HTMLButtonElement, code: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = 'Copied';
  } catch {
    // No clipboard here (plain http, or refused): select the text, so that one key press copies it.
    getSelection()?.selectAllChildren(code);
    button.textContent = 'Press Ctrl+C';
  }
}

await start();
