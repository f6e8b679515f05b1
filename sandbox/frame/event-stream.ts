/** Reads `text/event-stream`: yields the data of each event, whatever the parts it arrives in. */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      // A carriage return at the end may be half of a line's end.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line !== '') {
          if (/^data(?::|$)/.test(line)) data.push(line.slice(5).replace(/^ /, ''));
        } else if (data.length > 0) {
          yield data.join('\n');
          data = [];
        }
      }
      // An event without its empty line was cut: by the standard it does not count.
      if (done) return;
    }
  } finally {
    await reader.cancel();
  }
}
