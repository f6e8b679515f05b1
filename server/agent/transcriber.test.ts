import { describe, expect, it } from 'vitest';
import { ChatKitServer, MemoryStore } from '../chatkit/index.js';
import { readConfig } from '../config.js';
import { createTranscriber } from './transcriber.js';

const audio = Buffer.from('sound').toString('base64');
const request = (audio_base64 = audio, mime_type = 'audio/webm;codecs=opus') => ({
  type: 'input.transcribe',
  params: { audio_base64, mime_type },
});

/** A ChatKit server whose model answers as given. */
function setUp(answer: () => Response, env: Record<string, string> = {}) {
  const forms: FormData[] = [];
  const config = readConfig({
    OPENAI_API_KEY: 'sk-test',
    AGENT_TRANSCRIPTION_MODEL: 'a-model',
    ...env,
  });
  const transcriber = createTranscriber(config, (_input, init) => {
    if (init?.body instanceof FormData) forms.push(init.body);
    return Promise.resolve(answer());
  });
  const responder = {
    respond: (): AsyncIterable<never> => {
      throw new Error('Dictation asks no agent.');
    },
  };
  const server = new ChatKitServer({ store: new MemoryStore(), responder, transcriber });
  const { signal } = new AbortController();
  const admitted: Promise<void>[] = [];
  const admit = (ended: Promise<void>) => void admitted.push(ended);
  const ask = (body: object) => server.process(body, { user: 'ann', signal, admit });
  return { ask, forms, admitted };
}

describe('Dictation', () => {
  it('A5: speech becomes text by the transcription model, and counts as an answer', async () => {
    const { ask, forms, admitted } = setUp(() => Response.json({ text: 'Feed the cat' }));
    expect(await ask(request())).toEqual({ type: 'json', body: { text: 'Feed the cat' } });
    expect(forms[0]?.get('model')).toBe('a-model');
    expect(forms[0]?.get('file')).toMatchObject({ name: 'speech.webm' });
    expect(admitted).toHaveLength(1);
    await admitted[0];
  });

  it('A5: refuses what is no audio, and recordings that are too large', async () => {
    const { ask, forms } = setUp(() => Response.json({ text: '' }));
    await expect(ask(request(audio, 'text/html'))).rejects.toThrow('no type of audio');
    await expect(ask(request('not base64!'))).rejects.toThrow('not base64');
    const large = Buffer.alloc(4 * 1024 * 1024 + 1).toString('base64');
    await expect(ask(request(large))).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(forms).toEqual([]);
  });

  it('A5: a failure of the model releases its place, and tells nothing', async () => {
    const refused = () => Response.json({ error: { message: 'sk-secret' } }, { status: 400 });
    const { ask, admitted } = setUp(refused);
    await expect(ask(request())).rejects.toMatchObject({
      code: 'bad_request',
      message: 'The recording cannot be understood.',
    });
    await admitted[0];
  });

  it('A5: is refused without a model', async () => {
    const { ask } = setUp(() => Response.json({}), { AGENT_TRANSCRIPTION_MODEL: '' });
    await expect(ask(request())).rejects.toThrow('not offered');
  });
});
