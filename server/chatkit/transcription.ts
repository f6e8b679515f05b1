import { ChatKitProblem, RequestError } from './errors.js';
import type { ParamsOf } from './protocol/index.js';

/** Speech, as a page has recorded it. */
export interface AudioInput {
  readonly data: Uint8Array;
  /** Without parameters, such as `audio/webm`. */
  readonly mediaType: string;
  /** Aborted when the client has gone, or the time is over. */
  readonly signal: AbortSignal;
}

/** Turns speech into text, for the composer. */
export interface Transcriber {
  /** Bytes of audio that are taken at most. */
  readonly maxBytes: number;
  /** @throws {ChatKitProblem} when the audio cannot be used */
  transcribe(audio: AudioInput): Promise<string>;
}

/** What browsers record. */
const mediaTypes = /^audio\/(webm|ogg|mp4|mpeg|wav|x-wav|wave|m4a|x-m4a|aac|flac)$/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** A visitor waits for the text. */
const deadlineMs = 60_000;

/** @throws {RequestError} 400 for what is no audio */
export async function transcribe(
  { audio_base64: encoded, mime_type: mimeType }: ParamsOf<'input.transcribe'>,
  transcriber: Transcriber,
  caller: {
    readonly signal: AbortSignal;
    readonly admit?: (ended: Promise<void>) => void | Promise<void>;
  },
): Promise<{ readonly text: string }> {
  const mediaType = (mimeType.split(';', 1)[0] ?? '').trim().toLowerCase();
  if (!mediaTypes.test(mediaType)) throw new RequestError(400, 'This is no type of audio.');
  if (encoded === '' || encoded.length % 4 !== 0 || !base64.test(encoded)) {
    throw new RequestError(400, 'The audio is not base64.');
  }
  const data = Buffer.from(encoded, 'base64');
  if (data.byteLength > transcriber.maxBytes) {
    throw new ChatKitProblem(
      'payload_too_large',
      `A recording may have ${transcriber.maxBytes} bytes at most.`,
    );
  }
  const work = async (): Promise<string> => {
    const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(deadlineMs)]);
    return transcriber.transcribe({ data, mediaType, signal });
  };
  let end: () => void = () => undefined;
  await caller.admit?.(new Promise((resolve) => (end = resolve)));
  try {
    return { text: await work() };
  } finally {
    end();
  }
}
