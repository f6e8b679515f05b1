import OpenAI, { APIError, toFile } from 'openai';
import { ChatKitProblem, type Transcriber } from '../chatkit/index.js';
import type { Config } from '../config.js';
import type { Fetch } from './upstream.js';

/** Two minutes of speech, as browsers record it, have less than this. */
const maxBytes = 4 * 1024 * 1024;

const extensionOf = (mediaType: string): string =>
  ({ mpeg: 'mp3', mp4: 'mp4', aac: 'm4a', 'x-m4a': 'm4a', 'x-wav': 'wav', wave: 'wav' })[
    mediaType.slice('audio/'.length)
  ] ?? mediaType.slice('audio/'.length);

/** Dictation by OpenAI's transcription API, or a compatible one; null when it is switched off. */
export function createTranscriber(
  { agent, openai }: Pick<Config, 'agent' | 'openai'>,
  fetch: Fetch,
): Transcriber | null {
  const { transcriptionModel: model } = agent;
  const apiKey = agent.apiKey ?? openai.apiKey;
  if (model === undefined || apiKey === undefined) return null;
  const client = new OpenAI({
    apiKey,
    baseURL: openai.baseUrl,
    maxRetries: 0,
    organization: null,
    project: null,
    logLevel: 'off',
    fetch,
  });
  return {
    maxBytes,
    async transcribe({ data, mediaType, signal }) {
      const file = await toFile(data, `speech.${extensionOf(mediaType)}`, { type: mediaType });
      try {
        const { text } = await client.audio.transcriptions.create({ file, model }, { signal });
        return text;
      } catch (error) {
        const isRefused = error instanceof APIError && error.status === 400;
        throw isRefused
          ? new ChatKitProblem('bad_request', 'The recording cannot be understood.', {
              cause: error,
            })
          : error;
      }
    },
  };
}
