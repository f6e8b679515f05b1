import { describe, expect, it } from 'vitest';
import { uploadRequest } from '../page/fetch-relay.js';
import { clientOf, json, ScriptedTransport } from './test/scripted.js';
import { uploadFile } from './uploads.js';

const { signal } = new AbortController();
const file = new File(['abc'], 'a.txt', { type: 'text/plain' });
const target = {
  url: 'https://files.example/a?signature=1',
  method: 'PUT',
  headers: { 'content-type': 'text/plain' },
} as const;
const attachment = { type: 'file', id: 'atc_1', name: 'a.txt', mime_type: 'text/plain' } as const;
const created = () => json({ ...attachment, upload_descriptor: target });

describe('A5: Uploading a file', () => {
  it('A5: in two phases: the attachment is made, and its bytes are sent where it says', async () => {
    const transport = new ScriptedTransport().next(created(), new Response(''));
    const uploaded = await uploadFile(clientOf(transport), { type: 'two_phase' }, file, signal);
    expect(uploaded).toEqual(attachment);
    expect(transport.asked).toEqual([
      {
        type: 'attachments.create',
        params: { name: 'a.txt', size: 3, mime_type: 'text/plain' },
      },
      { type: 'upload', params: { ...target, file } },
    ]);
  });

  it('A5: deletes the attachment whose bytes could not be sent', async () => {
    const refused = json({ message: 'The file has not 3 bytes.' }, 400);
    const transport = new ScriptedTransport().next(created(), refused, json({}));
    await expect(
      uploadFile(clientOf(transport), { type: 'two_phase' }, file, signal),
    ).rejects.toThrow('The file has not 3 bytes.');
    expect(transport.asked.at(-1)).toEqual({
      type: 'attachments.delete',
      params: { attachment_id: 'atc_1' },
    });
  });

  it('A5: directly: one request makes it', async () => {
    const transport = new ScriptedTransport().next(json(attachment));
    const strategy = { type: 'direct', uploadUrl: '/files' } as const;
    expect(await uploadFile(clientOf(transport), strategy, file, signal)).toEqual(attachment);
    expect(transport.asked).toEqual([
      { type: 'upload', params: { url: '/files', method: 'POST', headers: {}, file } },
    ]);
  });

  it('A5: sends the file itself with PUT, and a form with POST', () => {
    expect(uploadRequest({ ...target, file })).toEqual({
      method: 'PUT',
      headers: target.headers,
      body: file,
    });
    const headers = { 'Content-Type': 'text/plain', 'x-key': '1' };
    const form = uploadRequest({ ...target, method: 'POST', headers, file });
    expect(form.headers).toEqual({ 'x-key': '1' });
    expect(form.body instanceof FormData && form.body.get('file')).toEqual(file);
  });
});
