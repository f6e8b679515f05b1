import type {
  ResponseOutputMessage,
  ResponseOutputText,
} from 'openai/resources/responses/responses';
import type { Annotation, AssistantContent } from '../chatkit/index.js';

type ApiAnnotation = Partial<ResponseOutputText['annotations'][number]> & {
  readonly type?: string;
  readonly url?: string;
  readonly title?: string;
  readonly filename?: string;
  readonly index?: number;
  readonly end_index?: number;
};

const at = (index: number | undefined) =>
  index !== undefined && Number.isInteger(index) && index >= 0 ? { index } : {};

/** A web address that a visitor may be sent to. */
const isWebUrl = (url: string): boolean =>
  URL.canParse(url) && ['https:', 'http:'].includes(new URL(url).protocol);

/** Null for what ChatKit cannot show: a path in a container, a file without a name. */
export function toAnnotation(value: unknown): Annotation | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type, url, title, filename, index, end_index: end } = value as ApiAnnotation;
  switch (type) {
    case 'url_citation':
      if (typeof url !== 'string' || !isWebUrl(url)) return null;
      return {
        type: 'annotation',
        source: {
          type: 'url',
          url,
          title: title === undefined || title === '' ? new URL(url).hostname : title,
        },
        ...at(end),
      };
    case 'file_citation':
    case 'container_file_citation':
      if (typeof filename !== 'string' || filename === '') return null;
      return {
        type: 'annotation',
        source: { type: 'file', filename, title: filename },
        ...at(type === 'file_citation' ? index : end),
      };
    default:
      return null;
  }
}

/** The parts of a finished message; a refusal is what the model says as much as any text. */
export function toContent(content: ResponseOutputMessage['content']): AssistantContent[] {
  return content.map((part) => ({
    type: 'output_text',
    text: part.type === 'refusal' ? part.refusal : part.text,
    annotations:
      part.type === 'refusal'
        ? []
        : ((part.annotations as readonly unknown[] | undefined) ?? [])
            .map(toAnnotation)
            .filter((annotation) => annotation !== null),
  }));
}
