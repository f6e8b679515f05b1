import { randomUUID } from 'node:crypto';
import { request } from 'node:http';

/** A server that answers `threads.create`, and its own token if it wants one. */
export interface Answering {
  readonly url: string;
  readonly token?: string;
}

export interface Answer {
  /** Milliseconds. */
  readonly firstToken: number;
  readonly tokens: number;
  /** Everything that came. */
  readonly text: string;
}

/** An answer that is on its way. */
export interface OpenAnswer {
  /** Resolves when half of it is here. */
  readonly halfway: Promise<void>;
  readonly whole: Promise<Answer>;
}

const mark = '"delta":"';

/** Counts tokens in what comes in pieces; reading all of it again for each would slow down what is measured. */
class TokenCounter {
  count = 0;
  #tail = '';

  add(chunk: string): void {
    const text = this.#tail + chunk;
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) this.count += 1;
    this.#tail = text.slice(1 - mark.length);
  }
}

/** Asks for an answer of so many tokens in a new thread. */
export function open({ url, token }: Answering, tokens: number): OpenAnswer {
  const start = performance.now();
  let reachHalf: () => void = () => undefined;
  let fail: (error: Error) => void = () => undefined;
  const halfway = new Promise<void>((resolve, reject) => {
    reachHalf = resolve;
    fail = reject;
  });
  // Whoever waits for the whole hears of it there.
  halfway.catch(() => undefined);
  const whole = new Promise<Answer>((resolve, reject) => {
    const call = request(
      `${url}/api/chatkit`,
      {
        method: 'POST',
        agent: false,
        headers: {
          'content-type': 'application/json',
          // As the widget sends it.
          'idempotency-key': randomUUID(),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      (response) => {
        let text = '';
        let firstToken = NaN;
        const seen = new TokenCounter();
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          seen.add(chunk);
          if (seen.count > 0 && Number.isNaN(firstToken)) firstToken = performance.now() - start;
          if (seen.count >= tokens / 2) reachHalf();
        });
        response.once('end', () => resolve({ firstToken, tokens: seen.count, text }));
        response.once('error', reject);
      },
    );
    call.once('error', reject);
    call.end(
      JSON.stringify({
        type: 'threads.create',
        params: {
          input: {
            content: [{ type: 'input_text', text: `Say ${tokens} words.` }],
            attachments: [],
            inference_options: {},
          },
        },
      }),
    );
  });
  whole.catch(fail);
  return { halfway, whole };
}

/** So many answers, some at a time. @throws {Error} when one of them is not whole */
export async function askMany(
  server: Answering,
  { answers, atOnce, tokens }: { answers: number; atOnce: number; tokens: number },
): Promise<Answer[]> {
  const all: Answer[] = [];
  let left = answers;
  const asker = async () => {
    while (left-- > 0) {
      const answer = await open(server, tokens).whole;
      if (answer.tokens !== tokens) throw new Error(`${answer.tokens} of ${tokens} tokens came`);
      all.push(answer);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, asker));
  return all;
}
