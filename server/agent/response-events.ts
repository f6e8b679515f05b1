import type { StreamEvent } from '@openai/agents';
import type {
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseOutputText,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { Annotation, AssistantContent } from '../chatkit/index.js';
import { toAnnotation } from './citations.js';
import { AgentFailure, failureOfApiCode } from './failures.js';
import type { Images } from './images.js';
import type { Messages } from './messages.js';
import type { Steps } from './steps.js';
import { hostedToolTask } from './tools.js';

/** The items of an answer that the model's events are written to. */
export interface AnswerItems {
  readonly steps: Steps;
  readonly messages: Messages;
  readonly images: Images;
  /** Whether the model's text is for the visitor; structured output is for the program. */
  readonly streamsText: boolean;
  /** Called when the answer was cut off at the model's output limit. */
  readonly onCutOff: () => void;
  /** What is shown for a citation; null for nothing. */
  readonly annotationOf: (citation: unknown) => Found;
}

/** A citation of the model, as OpenAI's API gives it. */
export type ModelCitation = ResponseOutputText['annotations'][number];

/**
 * What is shown for a citation of the model, such as your own page of a file that it has searched.
 *
 * @param usual what is shown without this; null when ChatKit cannot show it
 * @returns null to show nothing
 */
export type ReadCitation = (
  citation: ModelCitation,
  usual: Annotation | null,
) => Annotation | null | Promise<Annotation | null>;

type Found = ReturnType<ReadCitation>;

export const annotationOf =
  (read: ReadCitation | undefined) =>
  (citation: unknown): Found =>
    read === undefined
      ? toAnnotation(citation)
      : read(citation as ModelCitation, toAnnotation(citation));

/** The event of the Responses API that a value is, or null. */
export function asResponseEvent(value: unknown): ResponseStreamEvent | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type } = value as { type?: unknown };
  const isEvent = typeof type === 'string' && (type.startsWith('response.') || type === 'error');
  return isEvent ? (value as ResponseStreamEvent) : null;
}

const summaryKey = ({ item_id, summary_index }: { item_id: string; summary_index: number }) =>
  `${item_id}/${summary_index}`;

/**
 * Writes one event of the Responses API.
 *
 * @returns a promise only for an event whose writing takes time
 * @throws {AgentFailure} for an event that reports a failed answer
 */
export function writeResponseEvent(
  event: ResponseStreamEvent,
  items: AnswerItems,
): Promise<void> | undefined {
  switch (event.type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      if (items.streamsText) items.messages.append(event.item_id, event.content_index, event.delta);
      return;
    case 'response.content_part.added':
      if (items.streamsText && ['output_text', 'refusal'].includes(event.part.type)) {
        items.messages.beginPart(event.item_id, event.content_index);
      }
      return;
    case 'response.output_text.done':
      if (items.streamsText) items.messages.endPart(event.item_id, event.content_index, event.text);
      return;
    case 'response.refusal.done':
      if (items.streamsText) {
        items.messages.endPart(event.item_id, event.content_index, event.refusal);
      }
      return;
    case 'response.output_text.annotation.added': {
      if (!items.streamsText) return;
      return whenKnown(items.annotationOf(event.annotation), (annotation) => {
        if (annotation === null) return;
        items.messages.annotate(event.item_id, event.content_index, annotation);
      });
    }
    case 'response.reasoning_summary_text.delta': {
      const task = items.steps.get(summaryKey(event));
      const content = (task?.type === 'thought' ? task.content : '') + event.delta;
      items.steps.set(summaryKey(event), { type: 'thought', content });
      return;
    }
    case 'response.reasoning_summary_text.done':
      items.steps.set(summaryKey(event), { type: 'thought', content: event.text });
      return;
    case 'response.image_generation_call.partial_image':
      items.images.preview(event.item_id, event.partial_image_b64);
      return;
    case 'response.output_item.added':
      beginItem(event.item, items);
      return;
    case 'response.output_item.done':
      return endItem(event.item, items);
    case 'response.incomplete':
      if (event.response.incomplete_details?.reason === 'content_filter') {
        throw new AgentFailure('content_filtered');
      }
      items.onCutOff();
      return;
    case 'response.failed':
      throw failureOfApiCode(event.response.error?.code, event.response.error?.message);
    case 'error':
      throw failureOfApiCode(event.code, event.message);
    default:
      return;
  }
}

/** At once where nothing has to be waited for: a promise for each event would cost more than the event. */
function whenKnown<T>(value: T | Promise<T>, use: (value: T) => void): Promise<void> | undefined {
  if (value instanceof Promise) return value.then(use);
  use(value);
  return undefined;
}

/** Servers that are only compatible with OpenAI leave out ids. */
const idOf = (item: ResponseOutputItem): string =>
  'id' in item && typeof item.id === 'string' ? item.id : item.type;

function beginItem(
  item: ResponseOutputItem,
  { steps, messages, images, streamsText }: AnswerItems,
): void {
  switch (item.type) {
    case 'message':
      if (streamsText) messages.begin(item.id);
      return;
    case 'reasoning':
      steps.beginReasoning();
      return;
    case 'image_generation_call':
      images.begin(item.id);
      return;
    default: {
      const task = hostedToolTask(item, 'loading');
      if (task !== null) steps.set(idOf(item), task);
    }
  }
}

function endItem(
  item: ResponseOutputItem,
  { steps, messages, images, streamsText, annotationOf: found }: AnswerItems,
): Promise<void> | undefined {
  switch (item.type) {
    case 'message':
      if (!streamsText) return;
      return whenKnown(toContent(item.content, found), (content) => messages.end(item.id, content));
    case 'image_generation_call': {
      const { output_format: format } = item as { output_format?: string };
      return images.end(item.id, item.result, format);
    }
    default: {
      const task = hostedToolTask(item, 'complete');
      if (task !== null) steps.set(idOf(item), task);
    }
  }
}

/** The key of the message: a model that does not speak the Responses API gives it no id. */
const genericKey = 'message';

/**
 * Writes one event of a model that does not speak the Responses API, such as Chat Completions or an
 * operator's own. The SDK gives each model's text and final output in this form.
 */
export function writeGenericEvent(
  event: StreamEvent,
  { messages, streamsText }: AnswerItems,
): void {
  if (!streamsText) return;
  if (event.type === 'output_text_delta') {
    messages.append(genericKey, 0, event.delta);
    return;
  }
  if (event.type !== 'response_done') return;
  for (const item of event.response.output) {
    if (!('role' in item)) continue;
    const text = item.content
      .map((part) => {
        if (part.type === 'output_text') return part.text;
        return part.type === 'refusal' ? part.refusal : '';
      })
      .join('');
    if (text === '') continue;
    messages.endPart(genericKey, 0, text);
    messages.end(genericKey);
  }
}

/** The parts of a finished message; a refusal is shown as text. */
function toContent(
  content: ResponseOutputMessage['content'],
  found: AnswerItems['annotationOf'],
): AssistantContent[] | Promise<AssistantContent[]> {
  const annotations = content.map((part) =>
    part.type === 'refusal'
      ? []
      : ((part.annotations as readonly unknown[] | undefined) ?? []).map(found),
  );
  const build = (known: readonly (Annotation | null)[][]): AssistantContent[] =>
    content.map((part, index) => ({
      type: 'output_text',
      text: part.type === 'refusal' ? part.refusal : part.text,
      annotations: (known[index] ?? []).filter((annotation) => annotation !== null),
    }));
  const each = (list: Found[]) =>
    Promise.all(list.map((annotation) => Promise.resolve(annotation)));
  return annotations.flat().some((annotation) => annotation instanceof Promise)
    ? Promise.all(annotations.map(each)).then(build)
    : build(annotations as (Annotation | null)[][]);
}
