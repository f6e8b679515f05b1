/**
 * Adds the table of widget/properties.ts to the element: name, attribute, type, default and documentation of each
 * property are there in one place.
 */
function propertyTable() {
  /** @type {object[]} */
  const members = [];
  return {
    name: 'property-table',
    analyzePhase({ ts, node }) {
      if (!ts.isVariableDeclaration(node) || node.name.getText() !== 'properties') return;
      if (!node.initializer || !ts.isObjectLiteralExpression(node.initializer)) return;
      for (const property of node.initializer.properties) {
        const option = (name) =>
          property.initializer.properties.find((entry) => entry.name.getText() === name)
            ?.initializer;
        const name = property.name.getText();
        const initial = option('initial');
        const value = initial.expression.getText();
        const attribute = option('attribute');
        members.push({
          kind: 'field',
          name,
          description: ts
            .getJSDocCommentsAndTags(property)
            .map(({ comment }) => comment)
            .join(' ')
            .replace(/\s+/g, ' '),
          type: { text: initial.type.getText() },
          ...(value !== 'undefined' && { default: value }),
          ...(attribute?.getText() !== 'false' && { attribute: attribute?.text ?? name }),
          ...(option('reflect') && { reflects: true }),
        });
      }
    },
    packageLinkPhase({ customElementsManifest }) {
      for (const { declarations = [] } of customElementsManifest.modules) {
        for (const declaration of declarations) {
          if (declaration.tagName !== 'taskpilot-chat') continue;
          declaration.members.unshift(...members);
          declaration.attributes = [
            ...members
              .filter(({ attribute }) => attribute)
              .map(({ name, attribute, type, description, default: value }) => ({
                name: attribute,
                fieldName: name,
                type,
                description,
                ...(value !== undefined && { default: value }),
              })),
            ...(declaration.attributes ?? []).filter(({ name }) => name !== 'retry'),
          ];
        }
      }
    },
  };
}

/** Editor data and documentation follow from the class comment of the element and from its table of properties. */
export default {
  globs: ['widget/taskpilot-chat.ts', 'widget/properties.ts'],
  outdir: 'widget/dist',
  litelement: true,
  packagejson: false,
  plugins: [propertyTable()],
};
