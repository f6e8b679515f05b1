import { readFile } from 'node:fs/promises';
import { Window } from 'happy-dom';
import { JSDOM, VirtualConsole } from 'jsdom';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {} from '../widget/register.js';

/** What the unit tests of an integrator run in: the window, and what it has reported as uncaught. */
interface Simulation {
  readonly window: Window & { eval(script: string): unknown };
  readonly uncaught: unknown[];
}

const url = 'https://page.example/';

const simulations = {
  jsdom(): Simulation {
    const uncaught: unknown[] = [];
    const virtualConsole = new VirtualConsole();
    virtualConsole.on('jsdomError', (error) => uncaught.push(error));
    const { window } = new JSDOM('', { url, virtualConsole, runScripts: 'outside-only' });
    return { window: window as unknown as Simulation['window'], uncaught };
  },
  'happy-dom'(): Simulation {
    const settings = {
      enableJavaScriptEvaluation: true,
      suppressInsecureJavaScriptEnvironmentWarning: true,
    };
    const window = new Window({ url, settings }) as Simulation['window'];
    const uncaught: unknown[] = [];
    window.addEventListener('error', (event) => uncaught.push(event));
    return { window, uncaught };
  },
};

const script = await readFile(new URL('../widget/dist/taskpilot-chat.js', import.meta.url), 'utf8');

for (const [name, start] of Object.entries(simulations)) {
  describe(`W14: in ${name}`, () => {
    const rejected: unknown[] = [];
    const onRejection = (reason: unknown) => rejected.push(reason);
    beforeEach(() => {
      rejected.length = 0;
      process.on('unhandledRejection', onRejection);
    });
    afterEach(() => {
      process.off('unhandledRejection', onRejection);
    });

    const place = ({ window }: Simulation, attributes: Record<string, string> = {}) => {
      const { document } = window as unknown as { document: Document };
      const chat = document.createElement('taskpilot-chat');
      for (const [key, value] of Object.entries(attributes)) chat.setAttribute(key, value);
      document.body.append(chat);
      expect(document.querySelector('taskpilot-chat')).toBe(chat);
      return chat;
    };

    it('the element is there, with its attributes and properties, and reports nothing uncaught', async () => {
      const simulation = start();
      simulation.window.eval(script);
      const chat = place(simulation, { layout: 'inline', 'accent-color': 'teal' });
      await chat.updateComplete;
      expect([chat.layout, chat.accentColor, chat.state]).toEqual(['inline', 'teal', 'idle']);
      chat.layout = 'floating';
      chat.label = 'Help';
      await chat.updateComplete;
      expect(chat.shadowRoot?.querySelector('button')?.getAttribute('aria-label')).toBe('Help');
      chat.remove();
      await chat.updateComplete;
      expect([...simulation.uncaught, ...rejected]).toEqual([]);
    });

    it('opens and closes, and its methods reject with the typed error', async () => {
      const simulation = start();
      simulation.window.eval(script);
      const chat = place(simulation);
      chat.show();
      expect(chat.open).toBe(true);
      await vi.waitFor(() => expect(chat.state).toBe('error'));
      chat.hide();
      expect(chat.open).toBe(false);
      await expect(chat.sendMessage('Hi')).rejects.toMatchObject({ code: 'chatkit_error' });
      await chat.resetSession();
      expect([...simulation.uncaught, ...rejected]).toEqual([]);
    });
  });
}
