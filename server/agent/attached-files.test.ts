import { describe, expect, it } from 'vitest';
import { NotFoundError, type Attachment, type UserMessageItem } from '../chatkit/index.js';
import { toAgentInput } from './attached-files.js';

const message = (...attachments: Attachment[]): UserMessageItem => ({
  type: 'user_message',
  id: 'msg_1',
  thread_id: 'thr_1',
  created_at: '2026-01-01T00:00:00Z',
  content: [{ type: 'input_text', text: 'Look' }],
  attachments,
  inference_options: {},
});

const partsOf = async (attachment: Attachment, bytes: Uint8Array | null) => {
  const read = () =>
    bytes === null ? Promise.reject(new NotFoundError('none')) : Promise.resolve(bytes);
  const [input] = await toAgentInput(
    [message(attachment)],
    {},
    { user: 'ann', attachments: { read } },
  );
  return input !== undefined && 'content' in input ? input.content.slice(1) : [];
};

describe('The files of a message, for the model', () => {
  it('A5: an image is an image, a PDF a file, a text a text', async () => {
    const bytes = Buffer.from('abc');
    const image: Attachment = { type: 'image', id: 'atc_1', name: 'a.png', mime_type: 'image/png' };
    expect(await partsOf(image, bytes)).toEqual([
      { type: 'input_image', image: 'data:image/png;base64,YWJj' },
    ]);
    const pdf: Attachment = { type: 'file', id: 'a', name: 'a.pdf', mime_type: 'application/pdf' };
    expect(await partsOf(pdf, bytes)).toEqual([
      { type: 'input_file', file: 'data:application/pdf;base64,YWJj', filename: 'a.pdf' },
    ]);
    const text: Attachment = { type: 'file', id: 'a', name: 'a.txt', mime_type: 'text/plain' };
    expect(await partsOf(text, bytes)).toEqual([
      { type: 'input_text', text: 'The user attached "a.txt":\n<file>\nabc\n</file>' },
    ]);
  });

  it('A5: of a file that is gone or too large, the model gets the name', async () => {
    const pdf: Attachment = { type: 'file', id: 'a', name: 'a.pdf', mime_type: 'application/pdf' };
    const note = [
      { type: 'input_text', text: 'The user attached "a.pdf", which is not given again.' },
    ];
    expect(await partsOf(pdf, null)).toEqual(note);
    expect(await partsOf(pdf, Buffer.alloc(20 * 1024 * 1024 + 1))).toEqual(note);
  });

  it('A5: are given as the application says, or by name when nobody reads them', async () => {
    const pdf: Attachment = { type: 'file', id: 'a', name: 'a.pdf', mime_type: 'application/pdf' };
    const [read] = await toAgentInput([message(pdf)], {
      attachment: ({ id }) => Promise.resolve([{ type: 'input_text', text: `File ${id}` }]),
    });
    expect(read).toMatchObject({ content: [{ text: 'Look' }, { text: 'File a' }] });
    const [named] = await toAgentInput([message(pdf)]);
    expect(named).toMatchObject({
      content: [{}, { text: expect.stringContaining('a.pdf') as string }],
    });
  });
});
