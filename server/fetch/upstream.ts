import type { Fetch } from '../http/upstream-fetch.js';

/** OpenAI never sends more for a session. */
const maxResponseBytes = 262_144;

/**
 * A `fetch` that resolves when it has the whole answer, so that a time-out of the request is one of its answer, too.
 * An answer that is too long reads as an empty text, which is no JSON.
 */
export const readingFetch =
  (fetch: Fetch): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    const { status, headers, body } = response;
    if (body === null) return response;
    const decoder = new TextDecoder();
    let text = '';
    let bytes = 0;
    for await (const chunk of body as ReadableStream<Uint8Array>) {
      bytes += chunk.byteLength;
      if (bytes > maxResponseBytes) {
        text = '';
        break;
      }
      text += decoder.decode(chunk, { stream: true });
    }
    return new Response(text, { status, headers });
  };
