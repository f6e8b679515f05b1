import { describe, expect, it } from 'vitest';
import { readEventStream } from './transports.js';

const encoder = new TextEncoder();

function streamOf(parts: readonly (Uint8Array | string)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) {
        controller.enqueue(typeof part === 'string' ? encoder.encode(part) : part);
      }
      controller.close();
    },
  });
}

async function read(...parts: readonly (Uint8Array | string)[]): Promise<string[]> {
  const events: string[] = [];
  for await (const data of readEventStream(streamOf(parts))) events.push(data);
  return events;
}

describe('readEventStream', () => {
  it('yields the data of each event', async () => {
    expect(await read('data: {"a":1}\n\ndata: {"b":2}\n\n')).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('does not care where the parts end', async () => {
    const text = 'data: Grüße 🌱\r\n\r\ndata: b\r\rdata:c\n\n';
    const bytes = encoder.encode(text);
    for (let size = 1; size <= bytes.length; size++) {
      const parts = [];
      for (let at = 0; at < bytes.length; at += size) parts.push(bytes.slice(at, at + size));
      expect(await read(...parts)).toEqual(['Grüße 🌱', 'b', 'c']);
    }
  });

  it('does not take a line’s end that comes in two parts for two', async () => {
    expect(await read('data: a\r', '\ndata: b\r', '\n\r', '\n')).toEqual(['a\nb']);
  });

  it('joins the lines of one event', async () => {
    expect(await read('data: a\ndata: b\ndata\n\n')).toEqual(['a\nb\n']);
  });

  it('leaves out comments, other fields and events without data', async () => {
    expect(await read(': beat\n\nevent: x\nid: 1\n\nretry: 5\ndata: a\n\ndatabase: b\n\n')).toEqual(
      ['a'],
    );
  });

  it('leaves out an event that was cut', async () => {
    expect(await read('data: a\n\ndata: b\n')).toEqual(['a']);
  });

  it('ends the body when nobody reads on', async () => {
    let isCancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(encoder.encode('data: a\n\n')),
      cancel: () => {
        isCancelled = true;
      },
    });
    for await (const data of readEventStream(body)) {
      expect(data).toBe('a');
      break;
    }
    expect(isCancelled).toBe(true);
  });

  it('fails when the body fails', async () => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new TypeError('cut')),
    });
    await expect(readEventStream(body).next()).rejects.toThrow('cut');
  });
});
