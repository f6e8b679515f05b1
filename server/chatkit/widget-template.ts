import { Template } from '@huggingface/jinja';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import Schema, { type XSchema } from 'typebox/schema';
import { WidgetRoot } from './protocol/index.js';
import { faultOf, withoutNulls } from './validation.js';

/** What a `.widget` file of ChatKit's widget builder holds, as far as it is used. */
const WidgetFile = Type.Object({
  version: Type.Literal('1.0'),
  name: Type.String({ minLength: 1 }),
  /** Jinja that gives JSON. */
  template: Type.String(),
  /** Of the data. */
  jsonSchema: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

const files = Compile(WidgetFile);
const roots = Compile(WidgetRoot);

/** Builds one kind of widget from data. */
export interface WidgetTemplate<Data extends object = Record<string, unknown>> {
  /** As in the file. */
  readonly name: string;
  /**
   * @param data what the template shows, as the file's schema describes it
   * @throws {TypeError} names the field when the data does not fit the schema, or the result is no widget
   */
  build(data: Data): WidgetRoot;
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  throw error;
}

function render(template: Template, name: string, data: object): unknown {
  let text: string;
  try {
    text = template.render(data as Record<string, unknown>);
  } catch (error) {
    throw new TypeError(`The template of widget ${name} failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(
      `The template of widget ${name} gives no JSON: ${messageOf(error)}. Write values with | tojson.`,
      { cause: error },
    );
  }
}

function parse(source: string | URL | object): object {
  if (typeof source === 'object' && !(source instanceof URL)) return source;
  // Not imported, for this module also runs where there are no files.
  const { readFileSync } = process.getBuiltinModule('node:fs');
  try {
    return JSON.parse(readFileSync(source, 'utf8')) as object;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TypeError(`The widget file ${String(source)} is no JSON.`, { cause: error });
  }
}

/**
 * Loads a `.widget` file of ChatKit's widget builder (https://widgets.chatkit.studio), of version 1.0. Load it once, when
 * the module is loaded, so that a wrong file fails the start. Its template is Jinja; a variable that the data lacks is
 * null, and properties that are null are left out.
 *
 * @param source path or URL of the file, or what it holds, for runtimes without files
 * @throws {TypeError} when it is no such file
 * @throws {Error} when it cannot be read
 *
 * @example
 * const order = widgetTemplate<{ id: string }>(new URL('./order.widget', import.meta.url));
 * yield* streamWidget(thread, order.build({ id: '7' }), context);
 */
export function widgetTemplate<Data extends object = Record<string, unknown>>(
  source: string | URL | object,
): WidgetTemplate<Data> {
  const file: unknown = parse(source);
  if (!files.Check(file)) throw new TypeError(`Invalid widget file: ${faultOf(files, file)}.`);
  const { name, jsonSchema = {} } = file;
  const schema = Schema.Compile(jsonSchema as XSchema);
  let template: Template;
  try {
    template = new Template(file.template);
  } catch (error) {
    throw new TypeError(`The template of widget ${name} is no Jinja: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return {
    name,
    build(data) {
      if (!schema.Check(data)) {
        const [, errors] = schema.Errors(data);
        throw new TypeError(
          `Invalid data of widget ${name}: ${faultOf({ Errors: () => errors }, data)}.`,
        );
      }
      const widget = withoutNulls(render(template, name, data));
      if (!roots.Check(widget)) {
        throw new TypeError(`The widget ${name} is invalid: ${faultOf(roots, widget)}.`);
      }
      return widget;
    },
  };
}
