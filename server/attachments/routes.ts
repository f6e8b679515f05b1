import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { NotFoundError, RequestError } from '../chatkit/index.js';
import { refuse } from '../chatkit/refusal.js';
import { registerOrigins } from '../http/origins.js';
import { previewHeaders } from './blobs.js';
import type { ConfiguredAttachments } from './configured-attachments.js';
import type { DiskBlobs } from './disk-blobs.js';
import { isImage } from './file-types.js';
import type { SignedUrls } from './signed-urls.js';

interface SignedRequest {
  readonly Params: { readonly id: string };
  readonly Querystring: Readonly<Record<string, unknown>>;
}

/** Any page may send and read, because the signature in the URL is the credential, and cookies mean nothing here. */
const everyOrigin = [/^/];

const sendRefusal =
  (maxBytes: number) => (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const refused = refuse(statusOf(error), maxBytes, request.id, request.log);
    return reply
      .code(refused.status)
      .headers(refused.headers)
      .type(refused.contentType)
      .send(refused.body);
  };

/** A `RequestError` of another status than 400 keeps it. */
const statusOf = (error: unknown): unknown =>
  error instanceof RequestError && error.status !== 400 ? { statusCode: error.status } : error;

/** For the boundaries and headers of a form, in bytes. */
const formOverhead = 64 * 1024;

const formLimits = { files: 1, fields: 10, parts: 11 };

/** The file of a form, whose whole request is a file. */
async function fileOf(request: FastifyRequest, fileSize: number) {
  const part = await request.file({ limits: { ...formLimits, fileSize } });
  if (part === undefined) throw new RequestError(400, 'The form has no file.');
  return part;
}

export interface SignedRoutes {
  readonly blobs: DiskBlobs;
  readonly urls: SignedUrls;
  readonly maxBytes: number;
}

/** Uploads to and previews from the disk, under signed URLs. */
export async function signedAttachmentRoutes(
  app: FastifyInstance,
  { blobs, urls, maxBytes }: SignedRoutes,
): Promise<void> {
  await registerOrigins(app, () => 'allowed', everyOrigin, ['PUT', 'POST']);
  app.setErrorHandler(sendRefusal(maxBytes));
  app.removeAllContentTypeParsers();
  await app.register(multipart);
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  // ChatKit sends the file itself with PUT, and as a form with POST. Source: the ChatKit guide, and OpenAI's samples.
  app.route<SignedRequest>({
    method: ['PUT', 'POST'],
    url: '/:id',
    schema: {
      summary: 'Upload the bytes of an attachment to the URL that attachments.create gave',
    },
    bodyLimit: maxBytes + formOverhead,
    handler: async (request, reply) => {
      const file = urls.verify('upload', request.params.id, request.query);
      if (file === null) throw new NotFoundError('no such upload');
      if (request.isMultipart()) {
        const part = await fileOf(request, file.size);
        await blobs.receive(file, Readable.from([await part.toBuffer()]));
      } else if (request.headers['content-type'] === file.mimeType) {
        await blobs.receive(file, request.body as Readable);
      } else {
        throw new RequestError(400, `Send the file with content-type: ${file.mimeType}.`);
      }
      return reply.header('cache-control', 'no-store').send({});
    },
  });
  app.get<SignedRequest>('/:id', {
    schema: { summary: 'Show an image that was attached' },
    handler: async (request, reply) => {
      const file = urls.verify('preview', request.params.id, request.query);
      const bytes = file && isImage(file.mimeType) ? await blobs.read(file.id, maxBytes) : null;
      if (file === null || bytes === null) throw new NotFoundError('no such image');
      return reply.headers(previewHeaders).type(file.mimeType).send(bytes);
    },
  });
  app.options('/:id', { schema: { hide: true } }, (_request, reply) =>
    reply.header('allow', 'GET, PUT, POST, OPTIONS').code(204).send(),
  );
}

export interface DirectUploadRoute extends Pick<ConfiguredAttachments, 'attachments' | 'maxBytes'> {
  /** @throws {Problem} `unauthenticated` or `rate_limited` */
  readonly authenticate: (request: FastifyRequest) => Promise<{ readonly user: string }>;
}

/** `POST /attachments`: a whole file as `file` of a form, answered with the attachment. */
export async function directUploadRoute(
  app: FastifyInstance,
  { attachments, maxBytes, authenticate }: DirectUploadRoute,
): Promise<void> {
  await app.register(multipart);
  app.setErrorHandler(sendRefusal(maxBytes));
  const users = new WeakMap<FastifyRequest, string>();
  app.options('/attachments', { schema: { hide: true } }, (_request, reply) =>
    reply.header('allow', 'POST, OPTIONS').code(204).send(),
  );
  app.post('/attachments', {
    schema: { summary: 'Upload an attachment as `file` of a form (multipart/form-data)' },
    bodyLimit: maxBytes + formOverhead,
    onRequest: async (request) => {
      users.set(request, (await authenticate(request)).user);
    },
    handler: async (request, reply) => {
      if (!request.isMultipart()) throw Object.assign(new Error(), { statusCode: 415 });
      const part = await fileOf(request, maxBytes);
      const bytes = await part.toBuffer();
      const { protocol, host, originalUrl } = request;
      const endpoint = `${protocol}://${host}${originalUrl.replace(/\/attachments(?:\?.*)?$/, '')}`;
      const attachment = await attachments.add(
        { name: part.filename, mimeType: part.mimetype, bytes },
        { user: users.get(request) ?? '', endpoint },
      );
      return reply.header('cache-control', 'no-store').send(attachment);
    },
  });
}
