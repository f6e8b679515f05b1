import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/** Asks a person. */
export interface Terminal {
  /** @throws {Error} when the person ends the input instead */
  ask(question: string): Promise<string>;
  /** Asks for a secret, whose characters are not shown. */
  askHidden(question: string): Promise<string>;
  close(): void;
}

export function openTerminal(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Terminal {
  let isHidden = false;
  const echo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!isHidden) output.write(chunk);
      done();
    },
  });
  // Only as a terminal it shows what is typed itself, and so can leave it.
  const lines = createInterface({ input, output: echo, terminal: true });
  const ended = new AbortController();
  lines.once('close', () => ended.abort());
  const ask = async (question: string): Promise<string> => {
    try {
      return (await lines.question(question, { signal: ended.signal })).trim();
    } catch (error) {
      throw new Error('Nothing was written.', { cause: error });
    }
  };
  return {
    ask,
    askHidden: async (question) => {
      output.write(question);
      isHidden = true;
      try {
        return await ask('');
      } finally {
        isHidden = false;
        output.write('\n');
      }
    },
    close: () => lines.close(),
  };
}
