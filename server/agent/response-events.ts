import type { ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { toAnnotation, toContent } from './annotations.js';
import { failureOfCode } from './classify.js';
import { AgentFailure } from './failures.js';
import type { Images } from './images.js';
import type { Messages } from './messages.js';
import type { Steps } from './steps.js';
import { hostedToolTask } from './tool-tasks.js';

/** What the events of a run are told to. */
export interface Screen {
  readonly steps: Steps;
  readonly messages: Messages;
  readonly images: Images;
  /** Whether the model's messages are for the visitor: not when they are JSON for the program. */
  readonly showsText: boolean;
  /** The answer was cut off at the model's limit. */
  readonly onCutOff: () => void;
}

const thoughtKey = ({ item_id, summary_index }: { item_id: string; summary_index: number }) =>
  `${item_id}/${summary_index}`;

/**
 * Shows one event of the Responses API.
 *
 * @throws {AgentFailure} for an event that says that the answer failed
 */
export function showResponseEvent(
  event: ResponseStreamEvent,
  screen: Screen,
): Promise<void> | undefined {
  switch (event.type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      if (screen.showsText) screen.messages.append(event.item_id, event.content_index, event.delta);
      return;
    case 'response.content_part.added':
      if (screen.showsText && ['output_text', 'refusal'].includes(event.part.type)) {
        screen.messages.beginPart(event.item_id, event.content_index);
      }
      return;
    case 'response.output_text.done':
      if (screen.showsText) screen.messages.endPart(event.item_id, event.content_index, event.text);
      return;
    case 'response.refusal.done':
      if (screen.showsText) {
        screen.messages.endPart(event.item_id, event.content_index, event.refusal);
      }
      return;
    case 'response.output_text.annotation.added': {
      const annotation = toAnnotation(event.annotation);
      if (screen.showsText && annotation !== null) {
        screen.messages.annotate(event.item_id, event.content_index, annotation);
      }
      return;
    }
    case 'response.reasoning_summary_text.delta': {
      const task = screen.steps.find(thoughtKey(event));
      const content = (task?.type === 'thought' ? task.content : '') + event.delta;
      screen.steps.show(thoughtKey(event), { type: 'thought', content });
      return;
    }
    case 'response.reasoning_summary_text.done':
      screen.steps.show(thoughtKey(event), { type: 'thought', content: event.text });
      return;
    case 'response.image_generation_call.partial_image':
      screen.images.sketch(event.item_id, event.partial_image_b64);
      return;
    case 'response.output_item.added':
      showItem(event.item, screen);
      return;
    case 'response.output_item.done':
      return finishItem(event.item, screen);
    case 'response.incomplete':
      if (event.response.incomplete_details?.reason === 'content_filter') {
        throw new AgentFailure('content_filtered');
      }
      screen.onCutOff();
      return;
    case 'response.failed':
      throw failureOfCode(event.response.error?.code);
    case 'error':
      throw failureOfCode(event.code);
    default:
      return;
  }
}

/** Every item has an id, except with servers that are only compatible. */
const idOf = (item: ResponseOutputItem): string =>
  'id' in item && typeof item.id === 'string' ? item.id : item.type;

function showItem(item: ResponseOutputItem, { steps, messages, images, showsText }: Screen): void {
  switch (item.type) {
    case 'message':
      if (showsText) messages.begin(item.id);
      return;
    case 'reasoning':
      steps.think();
      return;
    case 'image_generation_call':
      images.begin(item.id);
      return;
    default: {
      const task = hostedToolTask(item, 'loading');
      if (task !== null) steps.show(idOf(item), task);
    }
  }
}

function finishItem(
  item: ResponseOutputItem,
  { steps, messages, images, showsText }: Screen,
): Promise<void> | undefined {
  switch (item.type) {
    case 'message':
      if (showsText) messages.end(item.id, toContent(item.content));
      return;
    case 'image_generation_call': {
      const { output_format: format } = item as { output_format?: string };
      return images.end(item.id, item.result, format);
    }
    default: {
      const task = hostedToolTask(item, 'complete');
      if (task !== null) steps.show(idOf(item), task);
    }
  }
}
