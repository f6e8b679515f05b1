import type { FileUploadStrategy } from '@openai/chatkit';
import type { UploadDescriptor } from '@taskpilot-chat/server/chatkit';
import type { ProtocolClient } from './protocol-client.js';
import type { Attachment } from './wire.js';

/** Sends a file to the server, and resolves with its attachment. */
export type UploadFile = (file: File, signal: AbortSignal) => Promise<Attachment>;

type Created = Attachment & { readonly upload_descriptor?: UploadDescriptor };

/** Type of a file that the browser knows none of. */
const unknownType = 'application/octet-stream';

/**
 * Uploads a file as the page's `uploadStrategy` says.
 *
 * @throws {ProtocolError}
 */
export async function uploadFile(
  client: ProtocolClient,
  strategy: FileUploadStrategy,
  file: File,
  signal: AbortSignal,
): Promise<Attachment> {
  if (strategy.type === 'direct') {
    const { uploadUrl: url } = strategy;
    const response = await client.upload({ url, method: 'POST', headers: {}, file }, signal);
    return (await response.json()) as Attachment;
  }
  const { name, size, type } = file;
  const params = { name, size, mime_type: type === '' ? unknownType : type };
  const created = (await client.request('attachments.create', params, signal)) as Created;
  const { upload_descriptor: target, ...attachment } = created;
  try {
    if (target !== undefined) {
      const response = await client.upload({ ...target, file }, signal);
      await response.body?.cancel();
    }
    return attachment;
  } catch (error) {
    await discardAttachment(client, attachment);
    throw error;
  }
}

/** Deletes an attachment that no message brings. The server collects those that this fails for. */
export async function discardAttachment(client: ProtocolClient, { id }: Attachment): Promise<void> {
  await client.request('attachments.delete', { attachment_id: id }).catch(() => undefined);
}
