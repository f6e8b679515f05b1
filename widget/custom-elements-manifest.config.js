import { readFileSync } from 'node:fs';
import { customElementJetBrainsPlugin } from 'custom-element-jet-brains-integration';
import { customElementVsCodePlugin } from 'custom-element-vs-code-integration';

const outdir = 'dist';
const className = 'TaskPilotChat';
/** The module of the package that has the class, and the one that registers it. */
const elementModule = 'dist/modules/index.js';
const registerModule = 'dist/modules/register.js';

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();

/** @param {typeof import('typescript')} ts */
const comment = (ts, node) =>
  oneLine(
    ts
      .getJSDocCommentsAndTags(node)
      .map((doc) => ts.getTextOfJSDocComment(doc.comment) ?? '')
      .join(' '),
  );

/** A property of widget/properties.ts, as a member of the element. */
function memberOf(ts, property) {
  const option = (wanted) =>
    property.initializer.properties.find(({ name }) => name.getText() === wanted)?.initializer;
  const name = property.name.getText();
  const initial = option('initial');
  const attribute = option('attribute');
  const value = (ts.isAsExpression(initial) ? initial.expression : initial).getText();
  const values = option('values')?.elements.map((entry) => entry.getText());
  const type = values?.join(' | ') ?? initial.type.getText();
  return {
    kind: 'field',
    name,
    description: comment(ts, property),
    type: { text: oneLine(type.replace(/\| undefined$/, '')) },
    ...(value !== 'undefined' && { default: value }),
    ...(attribute?.getText() !== 'false' && { attribute: attribute?.text ?? name }),
    ...(option('reflect') && { reflects: true }),
  };
}

const attributeOf = ({ name, attribute, type, description, default: value }) => ({
  name: attribute,
  fieldName: name,
  type,
  description,
  ...(value !== undefined && { default: value }),
});

/** ChatKit's events, which the element dispatches again, with what OpenAI's types say of them. */
function chatKitEvents(ts) {
  const options = { moduleResolution: ts.ModuleResolutionKind.Bundler };
  const { resolvedModule } = ts.resolveModuleName(
    '@openai/chatkit',
    import.meta.filename,
    options,
    ts.sys,
  );
  const path = resolvedModule.resolvedFileName;
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  const events = source.statements.find(
    (node) => ts.isTypeAliasDeclaration(node) && node.name.text === 'ChatKitEvents',
  );
  return events.type.members.map((member) => ({
    name: member.name.text,
    type: { text: oneLine(member.type.getText()) },
    description: comment(ts, member),
  }));
}

/**
 * Completes the element by what is declared elsewhere: its properties, the details of its events, ChatKit's events.
 * What is private is left out, and so are other modules.
 */
function completeElement() {
  const members = [];
  const details = new Map();
  const constants = new Map();
  let forwarded = [];
  return {
    name: 'complete-element',
    initialize({ ts }) {
      forwarded = chatKitEvents(ts);
    },
    analyzePhase({ ts, node }) {
      if (ts.isInterfaceDeclaration(node) && node.name.text === 'TaskPilotChatEventDetails') {
        for (const { name, type } of node.members) details.set(name.text, oneLine(type.getText()));
      }
      if (!ts.isVariableDeclaration(node) || !node.initializer) return;
      const name = node.name.getText();
      const value = ts.isAsExpression(node.initializer)
        ? node.initializer.expression
        : node.initializer;
      if (ts.isStringLiteral(value)) constants.set(name, value.getText());
      if (name !== 'properties') return;
      members.push(...value.properties.map((property) => memberOf(ts, property)));
    },
    packageLinkPhase({ customElementsManifest: manifest }) {
      const element = manifest.modules
        .flatMap(({ declarations = [] }) => declarations)
        .find(({ name }) => name === className);
      for (const member of members) {
        if (constants.has(member.default)) member.default = constants.get(member.default);
      }
      const isPublic = ({ name, privacy }) =>
        !name.startsWith('#') && !privacy && !/EventListener$/.test(name);
      element.members = [...members, ...element.members.filter(isPublic)];
      element.attributes = [
        ...members.filter(({ attribute }) => attribute).map(attributeOf),
        ...element.attributes.filter(({ description }) => description),
      ];
      element.events = [
        ...element.events
          .filter(({ name }) => details.has(name))
          .map((event) => ({
            ...event,
            type: { text: `CustomEvent<${details.get(event.name)}>` },
          })),
        ...forwarded,
      ];
      element.superclass = { name: 'LitElement', package: 'lit' };
      const declaration = { name: className, module: elementModule };
      const moduleWith = (path, declarations, exported) => ({
        kind: 'javascript-module',
        path,
        declarations,
        exports: [{ ...exported, declaration }],
      });
      manifest.modules = [
        moduleWith(elementModule, [element], { kind: 'js', name: className }),
        moduleWith(registerModule, [], {
          kind: 'custom-element-definition',
          name: element.tagName,
        }),
      ];
    },
  };
}

/** Editor data and documentation follow from the class comment of the element and from its declarations. */
export default {
  globs: ['taskpilot-chat.ts', 'properties.ts', 'events.ts', 'chatkit/load.ts'],
  outdir,
  litelement: true,
  packagejson: false,
  plugins: [
    completeElement(),
    customElementVsCodePlugin({ outdir, cssFileName: null, hideLogs: true }),
    customElementJetBrainsPlugin({ outdir, packageJson: false, hideLogs: true }),
  ],
};
