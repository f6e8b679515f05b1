import type { ResponseOutputText } from 'openai/resources/responses/responses';
import type { Annotation } from '../chatkit/index.js';

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

/** Excludes `javascript:` and the like: the visitor may follow it. */
const isWebUrl = (url: string): boolean =>
  URL.canParse(url) && ['https:', 'http:'].includes(new URL(url).protocol);

const hasText = (value: string | undefined): value is string => value !== undefined && value !== '';

const ofUrl = (url: string, title?: string): Annotation => ({
  type: 'annotation',
  source: { type: 'url', url, title: hasText(title) ? title : new URL(url).hostname },
});

const ofFile = (filename: string, title?: string): Annotation => ({
  type: 'annotation',
  source: { type: 'file', filename, title: hasText(title) ? title : filename },
});

/** An annotation of the Responses API; null for one that ChatKit cannot show, such as a path in a container. */
export function toAnnotation(value: unknown): Annotation | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type, url, title, filename, index, end_index: end } = value as ApiAnnotation;
  switch (type) {
    case 'url_citation':
      if (typeof url !== 'string' || !isWebUrl(url)) return null;
      return { ...ofUrl(url, title), ...at(end) };
    case 'file_citation':
    case 'container_file_citation':
      if (typeof filename !== 'string' || filename === '') return null;
      return { ...ofFile(filename), ...at(type === 'file_citation' ? index : end) };
    default:
      return null;
  }
}

/** What workflows and agents call the sources of an answer. */
const citationFields = ['annotations', 'citations', 'sources', 'references'] as const;

const textIn = (
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
): string | undefined =>
  names.map((name) => fields[name]).find((value) => typeof value === 'string' && value !== '') as
    string | undefined;

function toCitation(value: unknown): Annotation | null {
  if (typeof value === 'string') return isWebUrl(value) ? ofUrl(value) : null;
  if (typeof value !== 'object' || value === null) return null;
  const known = toAnnotation(value);
  if (known !== null) return known;
  const fields = value as Readonly<Record<string, unknown>>;
  const title = textIn(fields, ['title', 'name', 'label']);
  const url = textIn(fields, ['url', 'uri', 'link', 'href']);
  if (url !== undefined) return isWebUrl(url) ? ofUrl(url, title) : null;
  const filename = textIn(fields, ['filename', 'file_name', 'file']);
  return filename === undefined ? null : ofFile(filename, title);
}

/** The sources in structured output, each once: addresses, or objects with an address or the name of a file. */
export function citationsIn(data: Readonly<Record<string, unknown>>): Annotation[] {
  const found = citationFields
    .flatMap((name) => {
      const entries = data[name];
      return Array.isArray(entries) ? (entries as readonly unknown[]) : [];
    })
    .map(toCitation)
    .filter((citation) => citation !== null);
  return [...new Map(found.map((citation) => [JSON.stringify(citation), citation])).values()];
}
