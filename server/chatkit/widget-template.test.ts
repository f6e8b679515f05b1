import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { widgetTemplate } from './widget-template.js';

/** As the widget builder writes it, with a loop, a condition, a joined text and an action. */
const template = `{"type":"Card","status":{{ ({"text": status}) | tojson }},"children":[
  {"type":"Title","value":{{ (("Order " ~ id)) | tojson }}},
  {%- if note is defined and note -%}{"type":"Caption","value":{{ (note) | tojson }}},{%- endif -%}
  {"type":"Col","children":[{%- for item in items -%}
    {"type":"Row","key":{{ (item.sku) | tojson }},"children":[
      {"type":"Text","value":{{ (item.name) | tojson }},"color":{{ ("success" if item.ready else none) | tojson }}},
      {"type":"Badge","label":{{ (loop.index) | string | tojson }}}
    ]}{% if not loop.last %},{% endif %}
  {%- endfor -%}]},
  {"type":"Button","label":"Take","onClickAction":{"type":"take","payload":{{ ({"id": id, "gift": none}) | tojson }}}}
]}`;

const file = {
  version: '1.0',
  name: 'Order',
  template,
  jsonSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      id: { type: 'string' },
      status: { type: 'string' },
      note: { type: 'string' },
      items: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            sku: { type: 'string' },
            name: { type: 'string' },
            ready: { type: 'boolean' },
          },
          required: ['sku', 'name', 'ready'],
        },
      },
    },
    required: ['id', 'status', 'items'],
    additionalProperties: false,
  },
  outputJsonPreview: {},
  encodedWidget: 'abc',
};

const data = {
  id: '7',
  status: 'Say "hi" </script>\n\u2028',
  items: [
    { sku: 'a', name: 'Tea — 茶', ready: true },
    { sku: 'b', name: '{{ id }} {% x %}', ready: false },
  ],
};

describe('A9: widgetTemplate', () => {
  it('builds from data what the reference builds', () => {
    // The same template and data through jinja2 3.1.6, as `WidgetTemplate` of openai-chatkit uses it.
    expect(widgetTemplate(file).build(data)).toEqual({
      type: 'Card',
      status: { text: data.status },
      children: [
        { type: 'Title', value: 'Order 7' },
        {
          type: 'Col',
          children: [
            {
              type: 'Row',
              key: 'a',
              children: [
                { type: 'Text', value: 'Tea — 茶', color: 'success' },
                { type: 'Badge', label: '1' },
              ],
            },
            {
              type: 'Row',
              key: 'b',
              children: [
                { type: 'Text', value: '{{ id }} {% x %}' },
                { type: 'Badge', label: '2' },
              ],
            },
          ],
        },
        {
          type: 'Button',
          label: 'Take',
          onClickAction: { type: 'take', payload: { id: '7', gift: null } },
        },
      ],
    });
  });

  it('reads a file, by path or URL', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'widget-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'order.widget');
    await writeFile(path, JSON.stringify(file));
    for (const source of [path, pathToFileURL(path)]) {
      const order = widgetTemplate<typeof data>(source);
      expect(order.name).toBe('Order');
      expect(order.build(data).type).toBe('Card');
    }
    await writeFile(path, '{');
    expect(() => widgetTemplate(path)).toThrow('order.widget is no JSON');
    expect(() => widgetTemplate(join(folder, 'none.widget'))).toThrow('ENOENT');
  });

  it.each([
    [{ ...data, id: 7 }, 'Invalid data of widget Order: id must be string.'],
    [
      { ...data, items: [{ sku: 'a' }] },
      'Order: items.0 must have required properties name, ready.',
    ],
    [{ ...data, more: 1 }, 'Order: more is not allowed.'],
  ])('names the field of data that does not fit: %j', (wrong, message) => {
    expect(() => widgetTemplate(file).build(wrong)).toThrow(message);
  });

  it.each([
    [{ ...file, version: '2.0' }, 'Invalid widget file: version must be equal to constant.'],
    [{ ...file, template: undefined }, 'Invalid widget file: template must be string.'],
    [{ ...file, template: '{% for %}' }, 'The template of widget Order is no Jinja'],
  ])('refuses a file that is none', (wrong, message) => {
    expect(() => widgetTemplate(wrong)).toThrow(message);
  });

  it.each([
    ['{"type":"Card","title":"{{ status }}"}', 'Order gives no JSON'],
    ['{"type":"Poem"}', 'The widget Order is invalid: '],
    ['{"type":"Card","children":[{"value":1}]}', 'The widget Order is invalid: '],
    ['{{ id | nofilter }}', 'The template of widget Order failed: '],
  ])('refuses a result that is no widget: %s', (wrong, message) => {
    expect(() => widgetTemplate({ ...file, template: wrong }).build(data)).toThrow(message);
  });
});
