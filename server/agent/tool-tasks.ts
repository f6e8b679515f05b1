import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { Task } from '../chatkit/index.js';

/** `get_weather` and `getWeather` as a person would write it. */
export function readableName(name: string): string {
  const words = name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_\-\s]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The function with this name is called, on the server. Neither its arguments nor its output are shown. */
export const functionTask = (name: string, status: 'loading' | 'complete'): Task => ({
  type: 'custom',
  title: readableName(name),
  status_indicator: status,
});

const unique = <T>(entries: readonly T[], key: (entry: T) => string): T[] => [
  ...new Map(entries.map((entry) => [key(entry), entry])).values(),
];

/** How a tool that runs on the model's side is shown; null for what is not one, or has no task. */
export function hostedToolTask(
  item: ResponseOutputItem,
  status_indicator: 'loading' | 'complete',
): Task | null {
  switch (item.type) {
    case 'web_search_call': {
      // Compatible servers, and the event that announces the call, leave the action out.
      const action = (item as Partial<typeof item>).action;
      if (action?.type !== 'search') return { type: 'web_search', status_indicator, ...lists };
      const queries = action.queries ?? [];
      const [first] = queries;
      return {
        type: 'web_search',
        status_indicator,
        ...(first !== undefined && { title_query: first }),
        queries: [...queries],
        sources: unique(action.sources ?? [], ({ url }) => url)
          .filter(({ url }) => URL.canParse(url))
          .map(({ url }) => ({ type: 'url', url, title: new URL(url).hostname })),
      };
    }
    case 'file_search_call': {
      const names = (item.results ?? []).flatMap(({ filename }) => filename ?? []);
      return {
        type: 'file',
        status_indicator,
        sources: unique(names, (name) => name).map((filename) => ({
          type: 'file',
          filename,
          title: filename,
        })),
      };
    }
    case 'code_interpreter_call':
      return { type: 'custom', title: 'Run code', status_indicator };
    case 'mcp_call':
      return functionTask(item.name, status_indicator);
    default:
      return null;
  }
}

const lists = { queries: [], sources: [] };
