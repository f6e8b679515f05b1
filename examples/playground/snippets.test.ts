import { describe, expect, it } from 'vitest';
import { cssOf, snippets, type Choice } from './snippets.js';

const script = 'http://localhost:3000/taskpilot-chat.js';
const none: Choice = { attributes: [], properties: [], parts: [], script };
const label = `Ben's "help" <b>&{{x}} \${y} \`z\` \\`;
const choice: Choice = {
  ...none,
  attributes: [
    { name: 'launcher-label', value: label },
    { name: 'history', value: true },
    { name: 'teaser-delay', value: 5 },
  ],
};
const write = (kind: string, of = choice): string => snippets[kind]?.(of) ?? '';

describe('The snippet as', () => {
  it('a script tag', () => {
    expect(write('Script tag')).toBe(
      `<script src="${script}" async
  data-launcher-label="Ben's &quot;help&quot; &lt;b&gt;&amp;{{x}} \${y} \`z\` \\"
  data-history
  data-teaser-delay="5"
></script>`,
    );
    expect(write('Script tag', none)).toBe(`<script src="${script}" async></script>`);
    const one = { ...none, attributes: [{ name: 'history', value: true }] as const };
    expect(write('Script tag', one)).toBe(`<script src="${script}" async data-history></script>`);
  });

  it('an HTML element, which the browser reads as it was meant', () => {
    expect(write('HTML element')).toContain(
      `<taskpilot-chat
  launcher-label="Ben's &quot;help&quot; &lt;b&gt;&amp;{{x}} \${y} \`z\` \\"
  history
  teaser-delay="5"
></taskpilot-chat>`,
    );
  });

  it('React: an expression where a quoted value would not do', () => {
    const text = write('React');
    expect(text).toContain(`launcherLabel={${JSON.stringify(label)}}`);
    expect(text).toContain('\n      history\n      teaserDelay={5}\n');
    const plain = { ...none, attributes: [{ name: 'label', value: "Ben's" }] };
    expect(write('React', plain)).toContain('<TaskPilotChat label="Ben\'s" />');
    expect(write('React', none)).toContain('<TaskPilotChat />');
  });

  it('Vue', () => {
    expect(write('Vue')).toContain('launcher-label="Ben\'s &quot;help&quot;');
    expect(write('Vue')).toContain("isCustomElement: (tag) => tag === 'taskpilot-chat'");
  });

  it('Svelte: braces are no expression', () => {
    expect(write('Svelte')).toContain('&amp;&#123;&#123;x&#125;&#125; $&#123;y&#125;');
  });

  it('Angular: braces are no binding, and the template literal stays whole', () => {
    const text = write('Angular');
    expect(text).toContain('&#123;&#123;x&#125;&#125; $&#123;y&#125; \\`z\\` \\\\"');
    expect(text).toContain('schemas: [CUSTOM_ELEMENTS_SCHEMA]');
  });

  it('a plain module', () => {
    const text = write('Plain module');
    expect(text).toContain(`chat.setAttribute('launcher-label', ${JSON.stringify(label)});`);
    expect(text).toContain("chat.toggleAttribute('history', true);");
    expect(text).toContain('chat.setAttribute(\'teaser-delay\', "5");');
  });
});

describe('The style sheet', () => {
  const styled: Choice = {
    ...none,
    properties: [['--taskpilot-chat-accent', 'teal']],
    parts: [['panel', 'border: 1px solid red; border-radius: 0']],
  };
  const css = `taskpilot-chat {
  --taskpilot-chat-accent: teal;
}

taskpilot-chat::part(panel) {
  border: 1px solid red;
  border-radius: 0;
}`;

  it('has custom properties and parts', () => {
    expect(cssOf(styled)).toBe(css);
    expect(cssOf(none)).toBe('');
  });

  it.each(Object.keys(snippets))('is in the snippet for %s', (kind) => {
    expect(write(kind, styled)).toContain('--taskpilot-chat-accent: teal;');
    expect(write(kind, styled)).toContain('border-radius: 0;');
    expect(write(kind, none)).not.toMatch(/style/i);
  });

  it('does not end its style element', () => {
    const value = '"</style><script>"';
    expect(cssOf({ ...none, properties: [['--x', value]] })).toContain('"<\\/style><script>"');
  });

  it('is global in Svelte', () => {
    expect(write('Svelte', styled)).toContain(':global(taskpilot-chat)::part(panel)');
  });
});
