import type { TaskPilotChat } from '../taskpilot-chat.js';

const implicitRoles: Partial<Record<string, string>> = {
  button: 'button',
  section: 'region',
  textarea: 'textbox',
};

const isVisible = (element: Element): boolean =>
  element.checkVisibility({ visibilityProperty: true });

/** What the widget shows under a role, and where several are, under a name: as assistive technology finds it. */
export function findByRole(chat: TaskPilotChat, role: string, name?: string): HTMLElement | null {
  const all = [...(chat.shadowRoot?.querySelectorAll<HTMLElement>('*') ?? [])].filter(
    (element) => (element.getAttribute('role') ?? implicitRoles[element.localName]) === role,
  );
  const nameOf = (element: Element) =>
    element.getAttribute('aria-label') ??
    [...element.childNodes]
      .filter((node) => node instanceof Text || node instanceof Element)
      .filter((node) => node instanceof Text || node.getAttribute('aria-hidden') !== 'true')
      .map((node) => node.textContent)
      .join('')
      .trim();
  return all.find((element) => isVisible(element) && (!name || nameOf(element) === name)) ?? null;
}

export function getByRole(chat: TaskPilotChat, role: string, name?: string): HTMLElement {
  const found = findByRole(chat, role, name);
  if (!found) throw new Error(`no ${role} ${name ?? ''}: ${chat.shadowRoot?.innerHTML ?? ''}`);
  return found;
}

/** The bubble. */
export const bubbleOf = (chat: TaskPilotChat): HTMLElement => {
  const bubble = chat.shadowRoot?.querySelector<HTMLElement>('[aria-controls=panel]');
  if (!bubble) throw new Error('no bubble');
  return bubble;
};

/** All that a visitor can read in it, without what is only for assistive technology. */
export const textOf = (chat: TaskPilotChat): string =>
  [...(chat.shadowRoot?.querySelectorAll('p, .title, .slow, button') ?? [])]
    .filter(isVisible)
    .map((element) => element.textContent.trim())
    .filter(Boolean)
    .join(' | ');
