import { transform } from 'esbuild';

const styles = /css\s*`([^`$]*)`/g;

/**
 * Rollup plugin: makes the style sheets and templates of Lit small. Templates lose only white space that
 * stands between tags or attributes, which none of ours needs.
 *
 * @returns {import('rollup').Plugin}
 */
export function minifyTemplates() {
  return {
    name: 'minify-templates',
    async transform(code, id) {
      if (!/widget[\\/].*\.ts$/.test(id)) return null;
      let result = code;
      for (const [whole, text] of code.matchAll(styles)) {
        const { code: small } = await transform(text ?? '', { loader: 'css', minify: true });
        result = result.replace(whole, () => `css\`${small.trim()}\``);
      }
      if (/(?:html|svg)\s*`/.test(result)) {
        result = result.replace(/\s*\n\s*/g, (space, at) => (inTemplate(result, at) ? ' ' : space));
        result = result
          .replace(/> (?=<)/g, '>')
          .replace(/html\s*` /g, 'html`')
          .replace(/> `/g, '>`');
      }
      return result === code ? null : { code: result, map: null };
    },
  };
}

/** Whether a place of the code is inside the text of a template. */
function inTemplate(code, at) {
  const stack = [];
  for (let index = 0; index < at; index++) {
    const top = stack.at(-1);
    const char = code[index];
    if (char === '\\') index++;
    else if (top === '`') {
      if (char === '`') stack.pop();
      else if (char === '$' && code[index + 1] === '{') {
        stack.push('{');
        index++;
      }
    } else if (char === '`') stack.push('`');
    else if (char === '{') stack.push('{');
    else if (char === '}') stack.pop();
    else if (char === "'" || char === '"') {
      while (code[++index] !== char) if (code[index] === '\\') index++;
    } else if (char === '/' && code[index + 1] === '/') index = code.indexOf('\n', index);
    else if (char === '/' && code[index + 1] === '*') index = code.indexOf('*/', index) + 1;
  }
  return stack.at(-1) === '`';
}
