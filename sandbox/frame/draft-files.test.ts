import { describe, expect, it } from 'vitest';
import { DraftFiles, sizeText, type FileLimits } from './draft-files.js';
import { ProtocolError } from './protocol-client.js';
import { defer, type Deferred } from './test/scripted.js';
import type { Attachment } from './wire.js';

const attachmentOf = (id: string): Attachment => {
  return { type: 'file', id, name: id, mime_type: 'text/plain' };
};

const fileOf = (name: string, type = 'text/plain', size = 3): File =>
  new File(['a'.repeat(size)], name, { type });

function setup(limits: FileLimits = {}) {
  const uploads: (Deferred<Attachment> & { readonly signal: AbortSignal })[] = [];
  const discarded: string[] = [];
  const files = new DraftFiles({
    limits: () => limits,
    upload: (_file, signal) => {
      const upload = { ...defer<Attachment>(), signal };
      uploads.push(upload);
      return upload.promise;
    },
    discard: ({ id }) => {
      discarded.push(id);
      return Promise.resolve();
    },
    onChange: () => undefined,
  });
  const states = () =>
    files.list.map(({ name, state }) =>
      state.kind === 'failed' ? `${name}: ${state.message}` : `${name} ${state.kind}`,
    );
  return { files, uploads, discarded, states };
}

describe('A5: The files of the next message', () => {
  it('A5: are uploaded at once, and taken by a message when they are there', async () => {
    const { files, uploads, states, discarded } = setup();
    files.add([fileOf('a.txt'), fileOf('b.txt')]);
    expect(states()).toEqual(['a.txt uploading', 'b.txt uploading']);
    expect(files.isUploading).toBe(true);
    uploads[1]?.resolve(attachmentOf('atc_2'));
    uploads[0]?.resolve(attachmentOf('atc_1'));
    await expect.poll(() => files.isUploading).toBe(false);
    expect(files.take().map(({ id }) => id)).toEqual(['atc_1', 'atc_2']);
    expect(files.list).toEqual([]);
    expect(discarded).toEqual([]);
  });

  it('A5: when one is removed, its upload is aborted, or what was uploaded is deleted', async () => {
    const { files, uploads, discarded } = setup();
    files.add([fileOf('a.txt'), fileOf('b.txt')]);
    uploads[0]?.resolve(attachmentOf('atc_1'));
    await expect.poll(() => files.ready.length).toBe(1);
    for (const { key } of files.list) files.remove(key);
    expect(uploads.map(({ signal }) => signal.aborted)).toEqual([false, true]);
    expect(discarded).toEqual(['atc_1']);
    uploads[1]?.reject(new Error('aborted'));
    expect(files.list).toEqual([]);
  });

  it('A5: what the page has uploaded is not deleted here', () => {
    const { files, discarded } = setup();
    files.set([attachmentOf('atc_1')]);
    files.set([attachmentOf('atc_2')]);
    expect(files.ready.map(({ id }) => id)).toEqual(['atc_2']);
    expect(discarded).toEqual([]);
  });

  it('A5: the server’s reason is shown, and no other error’s', async () => {
    const { files, uploads, states } = setup();
    files.add([fileOf('a.txt'), fileOf('b.txt')]);
    uploads[0]?.reject(new ProtocolError('refused', 'A file can have 1 MB at most.'));
    uploads[1]?.reject(new SyntaxError('Unexpected token'));
    await expect
      .poll(states)
      .toEqual(['a.txt: A file can have 1 MB at most.', 'b.txt: The upload failed.']);
    expect(files.take()).toEqual([]);
  });

  it.each<[string, FileLimits, File, string | null]>([
    ['a type', { accept: { 'image/*': ['.png'] } }, fileOf('a.txt'), 'Files of this type cannot'],
    ['a type by its name', { accept: { 'text/x': ['.TXT'] } }, fileOf('a.txt', ''), null],
    ['a type by a pattern', { accept: { 'image/*': [] } }, fileOf('a', 'image/gif'), null],
    ['a size', { maxSize: 2 }, fileOf('a.txt'), 'This file is larger than 2 bytes.'],
    ['a size by type', { maxSize: { 'text/*': 2 } }, fileOf('a'), 'This file is larger than 2'],
    ['another size', { maxSize: { 'image/*': 2 } }, fileOf('a'), null],
    ['a size of all others', { maxSize: { '*': 2 } }, fileOf('a'), 'This file is larger than 2'],
    ['nothing at all', {}, fileOf('a.txt', 'text/plain', 0), 'This file is empty.'],
    ['too many', { maxCount: 0 }, fileOf('a.txt'), 'A message can have 0 files at most.'],
  ])('A5: are checked against the page’s limits: %s', (_name, limits, file, refusal) => {
    const { files, uploads } = setup(limits);
    files.add([file]);
    const [{ state } = { state: null }] = files.list;
    if (refusal === null) expect(state?.kind).toBe('uploading');
    else {
      expect(state).toMatchObject({
        kind: 'failed',
        message: expect.stringContaining(refusal) as string,
      });
    }
    expect(uploads.length).toBe(refusal === null ? 1 : 0);
  });

  it.each([
    [1023, '1023 bytes'],
    [1536, '1.5 KB'],
    [20 * 1024, '20 KB'],
    [1024 ** 2, '1 MB'],
    [12.4 * 1024 ** 2, '12 MB'],
  ])('A5: %d bytes are %s', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});
