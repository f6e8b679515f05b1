import type {
  Annotation,
  AssistantContent,
  AssistantMessageItem,
  NewId,
  ThreadStreamEvent,
} from '../chatkit/index.js';
import { citationsIn } from './citations.js';

/** What the items of an answer are made with. */
export interface ItemOptions {
  readonly threadId: string;
  readonly newId: NewId;
  /** The time as an item's `created_at`. */
  readonly now: () => string;
  readonly emit: (event: ThreadStreamEvent) => void;
}

export interface MessagesOptions extends ItemOptions {
  /** Called before a message begins. */
  readonly onBegin?: () => void;
}

const emptyPart = (): AssistantContent => ({ type: 'output_text', text: '', annotations: [] });

/**
 * The assistant messages of an answer, as they are streamed. Each is known by a key, the model's id of it. A
 * message or a part begins with the first event that names it, because servers that are only compatible with
 * OpenAI leave out the events that announce them.
 */
export class Messages {
  readonly #options: MessagesOptions;
  readonly #open = new Map<string, AssistantMessageItem>();

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  /** The item gets an id of its own: the model's may come twice in a thread. */
  begin(key: string): AssistantMessageItem {
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const { newId, now, threadId, emit, onBegin } = this.#options;
    onBegin?.();
    const item: AssistantMessageItem = {
      type: 'assistant_message',
      id: newId('message'),
      thread_id: threadId,
      created_at: now(),
      content: [],
    };
    this.#open.set(key, item);
    emit({ type: 'thread.item.added', item: { ...item, content: [] } });
    return item;
  }

  beginPart(key: string, index: number): AssistantContent {
    const item = this.begin(key);
    for (let next = item.content.length; next <= index; next++) {
      item.content.push(emptyPart());
      this.#update(item, {
        type: 'assistant_message.content_part.added',
        content_index: next,
        content: emptyPart(),
      });
    }
    return item.content[index] ?? emptyPart();
  }

  append(key: string, index: number, delta: string): void {
    if (delta === '') return;
    const part = this.beginPart(key, index);
    part.text += delta;
    this.#update(this.begin(key), {
      type: 'assistant_message.content_part.text_delta',
      content_index: index,
      delta,
    });
  }

  annotate(key: string, index: number, annotation: Annotation): void {
    const { annotations } = this.beginPart(key, index);
    annotations.push(annotation);
    this.#update(this.begin(key), {
      type: 'assistant_message.content_part.annotation_added',
      content_index: index,
      annotation_index: annotations.length - 1,
      annotation,
    });
  }

  endPart(key: string, index: number, text: string): void {
    const part = this.beginPart(key, index);
    part.text = text;
    this.#update(this.begin(key), {
      type: 'assistant_message.content_part.done',
      content_index: index,
      content: { ...part, annotations: [...part.annotations] },
    });
  }

  /** @param content the whole message, if the model repeats it at the end */
  end(key: string, content?: AssistantContent[]): void {
    const item = this.begin(key);
    this.#open.delete(key);
    if (content !== undefined && content.length > 0) item.content = content;
    this.#options.emit({ type: 'thread.item.done', item });
  }

  /** Ends the messages that the model did not end. */
  endAll(): void {
    for (const key of [...this.#open.keys()]) this.end(key);
  }

  /** Adds a whole message. */
  add(text: string, annotations: readonly Annotation[] = []): void {
    const key = '';
    this.append(key, 0, text);
    for (const annotation of annotations) this.annotate(key, 0, annotation);
    this.endPart(key, 0, text);
    this.end(key);
  }

  #update(
    { id }: AssistantMessageItem,
    update: Extract<ThreadStreamEvent, { type: 'thread.item.updated' }>['update'],
  ): void {
    this.#options.emit({ type: 'thread.item.updated', item_id: id, update });
  }
}

/** The text for the visitor in the result of a workflow, or in the structured output of an agent. */
export type OutputText =
  | {
      readonly type: 'text';
      readonly text: string;
      /** The sources that stand beside it. */
      readonly annotations?: readonly Annotation[];
    }
  /** There is no text in it: this is all of it as JSON. */
  | { readonly type: 'data'; readonly text: string }
  /** A guardrail of the workflow failed. */
  | { readonly type: 'blocked' }
  | { readonly type: 'empty' };

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text as a result. */
export const toOutputText = (text: string): OutputText =>
  text.trim() === '' ? { type: 'empty' } : { type: 'text', text };

/** What workflows and agents call the text of an answer, the likeliest first. */
const textFields = [
  'output_text',
  'text',
  'answer',
  'response',
  'reply',
  'message',
  'content',
  'output',
  'result',
  'summary',
  'body',
] as const;

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '';

function withSources(found: OutputText, data: Fields): OutputText {
  if (found.type !== 'text') return found;
  const annotations = [...(found.annotations ?? []), ...citationsIn(data)];
  return annotations.length === 0 ? found : { ...found, annotations };
}

/** The text in structured output, with the sources beside it. */
const fromData = (data: unknown): OutputText =>
  isFields(data) ? withSources(textOf(data), data) : textOf(data);

/** The field that is called so, or all texts in their order. Without any, all of it as JSON. */
function textOf(data: unknown): OutputText {
  if (typeof data === 'string') return toOutputText(data);
  if (data === undefined || data === null) return { type: 'empty' };
  if (isFields(data)) {
    const values = Object.values(data);
    if (values.every((value) => value === null || value === '')) return { type: 'empty' };
    const named = textFields.map((name) => data[name]).find(isText);
    if (named !== undefined) return { type: 'text', text: named };
    const nested = textFields.map((name) => data[name]).find(isFields);
    if (nested !== undefined) return fromData(nested);
    const texts = values.filter(isText);
    if (texts.length > 0) return { type: 'text', text: texts.join('\n\n') };
  }
  return { type: 'data', text: `\`\`\`json\n${JSON.stringify(data, null, 2)}\n\`\`\`` };
}

/** Guardrail nodes of Agent Builder return a report for each guardrail, with `failed`. */
const isFailedGuardrail = (data: Fields): boolean =>
  Object.values(data).some((report) => isFields(report) && report['failed'] === true);

/**
 * Finds the text in a result: the result itself if it is a text, else `output_parsed` (`output_text` has the
 * same as JSON), else `output_text`, else the result as data.
 */
export function outputText(result: unknown): OutputText {
  if (!isFields(result)) return fromData(result);
  const { output_parsed: parsed, output_text: text } = result;
  if (parsed !== undefined && parsed !== null) return withSources(fromData(parsed), result);
  if (typeof text === 'string') return withSources(modelText(text), result);
  if (isFailedGuardrail(result)) return { type: 'blocked' };
  return fromData(result);
}

/** The text in a model's answer: the answer itself, or what it has as the JSON of structured output. */
export function modelText(answer: string | null): OutputText {
  if (answer === null) return { type: 'empty' };
  if (!/^\s*\{[\s\S]*\}\s*$/.test(answer)) return toOutputText(answer);
  try {
    return fromData(JSON.parse(answer));
  } catch (error) {
    if (error instanceof SyntaxError) return toOutputText(answer);
    throw error;
  }
}
