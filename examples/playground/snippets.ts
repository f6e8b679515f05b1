/** An attribute that differs from its default; `true` is a boolean attribute that is there. */
export interface SetAttribute {
  readonly name: string;
  readonly value: string | number | true;
}

/** What was chosen in the playground. */
export interface Choice {
  readonly attributes: readonly SetAttribute[];
  /** Custom properties with their values. */
  readonly properties: readonly (readonly [name: string, value: string])[];
  /** Parts with their declarations. */
  readonly parts: readonly (readonly [name: string, declarations: string])[];
  /** URL of the one script. */
  readonly script: string;
}

const tag = 'taskpilot-chat';

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

/** Svelte and Angular read braces in the values of attributes. */
const escapeBraces = (text: string): string =>
  escapeHtml(text).replaceAll('{', '&#123;').replaceAll('}', '&#125;');

const camelCase = (name: string): string =>
  name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const indent = (text: string, by: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : by + line))
    .join('\n');

/** Attributes of an opening tag, a line each when there are several. */
function attributesOf(
  attributes: readonly SetAttribute[],
  escape: (text: string) => string,
  prefix = '',
): string {
  const written = attributes.map(({ name, value }) =>
    value === true ? prefix + name : `${prefix}${name}="${escape(String(value))}"`,
  );
  if (written.length === 0) return '';
  return written.length === 1 ? ` ${written.join('')}` : `\n  ${written.join('\n  ')}\n`;
}

const elementOf = ({ attributes }: Choice, escape: (text: string) => string = escapeHtml): string =>
  `<${tag}${attributesOf(attributes, escape)}></${tag}>`;

/** One declaration a line, each with its semicolon. */
const declarations = (text: string): string =>
  text
    .split(/[;\n]/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => `  ${line};`)
    .join('\n');

/** The style sheet; empty without custom properties and parts. */
export function cssOf({ properties, parts }: Choice, selector: string = tag): string {
  const rules = [
    ...(properties.length > 0
      ? [
          `${selector} {\n${properties.map(([name, value]) => `  ${name}: ${value};`).join('\n')}\n}`,
        ]
      : []),
    ...parts.map(([name, text]) => `${selector}::part(${name}) {\n${declarations(text)}\n}`),
  ];
  // A value must not end the style element that it stands in.
  return rules.join('\n\n').replaceAll('</', '<\\/');
}

const styleElement = (css: string): string => (css === '' ? '' : `\n\n<style>\n${css}\n</style>`);
const styleComment = (css: string): string =>
  css === '' ? '' : `\n\n/* In your style sheet:\n${css.replaceAll('*/', '*\\/')}\n*/`;

function scriptTag(choice: Choice): string {
  const data = attributesOf(choice.attributes, escapeHtml, 'data-').trimStart();
  const start = `<script src="${escapeHtml(choice.script)}" async`;
  const separator = data.includes('\n') ? '\n  ' : ' ';
  return `${start}${data === '' ? '' : separator}${data}></script>${styleElement(cssOf(choice))}`;
}

const html = (choice: Choice): string =>
  `<script src="${escapeHtml(choice.script)}" async></script>\n${elementOf(choice)}${styleElement(cssOf(choice))}`;

/** JSX knows no escapes in a quoted value, so that a value with such a character is an expression. */
function jsxProp({ name, value }: SetAttribute): string {
  const prop = camelCase(name);
  if (value === true) return prop;
  const isPlain = typeof value === 'string' && /^[^"\\{}<>&\n]*$/.test(value);
  return isPlain ? `${prop}="${value}"` : `${prop}={${JSON.stringify(value)}}`;
}

function react(choice: Choice): string {
  const props = choice.attributes.map(jsxProp);
  const written =
    props.length > 1 ? `\n      ${props.join('\n      ')}\n    ` : ` ${props.join('')} `;
  return `import { TaskPilotChat } from 'taskpilot-chat/react';

export function Assistant() {
  return (
    <TaskPilotChat${props.length === 0 ? ' ' : written}/>
  );
}${styleComment(cssOf(choice))}`;
}

const vue = (choice: Choice): string =>
  `<script setup>
// vite.config.js: vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === '${tag}' } } })
import 'taskpilot-chat';
</script>

<template>
${indent(elementOf(choice), '  ')}
</template>${styleElement(cssOf(choice))}`;

const svelte = (choice: Choice): string =>
  `<script>
  import 'taskpilot-chat';
</script>

${elementOf(choice, escapeBraces)}${styleElement(cssOf(choice, `:global(${tag})`))}`;

/** Text inside of a template literal. */
const inBackticks = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');

function angular(choice: Choice): string {
  const css = cssOf(choice);
  const styles = css === '' ? '' : `\n  styles: \`\n${indent(inBackticks(css), '    ')}\n  \`,`;
  return `import { Component, CUSTOM_ELEMENTS_SCHEMA } from '@angular/core';
import 'taskpilot-chat';

@Component({
  selector: 'app-assistant',
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: \`
${indent(inBackticks(elementOf(choice, escapeBraces)), '    ')}
  \`,${styles}
})
export class AssistantComponent {}`;
}

function plainModule(choice: Choice): string {
  const lines = choice.attributes.map(({ name, value }) =>
    value === true
      ? `chat.toggleAttribute('${name}', true);`
      : `chat.setAttribute('${name}', ${JSON.stringify(String(value))});`,
  );
  return `import 'taskpilot-chat';

const chat = document.createElement('${tag}');
${[...lines, 'document.body.append(chat);'].join('\n')}${styleComment(cssOf(choice))}`;
}

/** Every kind of snippet, by the name that people look for. */
export const snippets: Readonly<Record<string, (choice: Choice) => string>> = {
  'Script tag': scriptTag,
  'HTML element': html,
  React: react,
  Vue: vue,
  Svelte: svelte,
  Angular: angular,
  'Plain module': plainModule,
};
