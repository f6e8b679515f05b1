/** The data of server-sent events, parsed as JSON; comments and other fields are ignored, as the standard says. */
export async function* readEvents(body) {
  const decoder = new TextDecoder();
  let buffered = '';
  let data = [];
  for await (const chunk of body) {
    buffered += decoder.decode(chunk, { stream: true });
    const lines = buffered.split(/\r\n|\r(?!$)|\n/);
    buffered = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield JSON.parse(data.join('\n'));
        data = [];
      } else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    }
  }
}
