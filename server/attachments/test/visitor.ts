import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import type { Attachment } from '../../chatkit/index.js';

/** The smallest picture. */
export const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export const pathOf = (url = ''): string => new URL(url).pathname + new URL(url).search;

/** A form with a picture, as ChatKit sends it. */
export async function formOf(bytes: Buffer): Promise<{ contentType: string; payload: Buffer }> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type: 'image/png' }), 'cat.png');
  const response = new Response(form);
  const contentType = response.headers.get('content-type') ?? '';
  return { contentType, payload: Buffer.from(await response.arrayBuffer()) };
}

/** The input of a message. */
export const inputOf = (attachments: readonly string[], text = 'Look') => ({
  content: [{ type: 'input_text', text }],
  attachments,
  inference_options: {},
});

/** A client that uploads files over HTTP, without a page. */
export class Visitor {
  readonly #app: FastifyInstance;
  readonly authorization: string;
  readonly offers: readonly string[] | undefined;

  private constructor(app: FastifyInstance, secret: string, offers?: readonly string[]) {
    this.#app = app;
    this.authorization = `Bearer ${secret}`;
    this.offers = offers;
  }

  static async come(app: FastifyInstance): Promise<Visitor> {
    const session = await app.inject({ method: 'POST', url: '/api/chatkit/sessions', payload: {} });
    const answer = session.json<{ client_secret: string; offers?: string[] }>();
    return new Visitor(app, answer.client_secret, answer.offers);
  }

  /** Who it is, as the database has it. */
  get user(): string {
    const [, claims = ''] = this.authorization.split('.');
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub: string }).sub;
  }

  ask(type: string, params: object): Promise<LightMyRequestResponse> {
    return this.#app.inject({
      method: 'POST',
      url: '/api/chatkit',
      headers: { authorization: this.authorization },
      payload: { type, params },
    });
  }

  async create({ name = 'cat.png', mime = 'image/png', size = png.byteLength } = {}) {
    const response = await this.ask('attachments.create', { name, mime_type: mime, size });
    expect(response.statusCode).toBe(200);
    return response.json<Attachment>();
  }

  upload({ upload_descriptor: target }: Attachment, payload: Buffer = png) {
    return this.#app.inject({
      method: target?.method ?? 'POST',
      url: pathOf(target?.url),
      headers: { ...target?.headers, origin: 'https://cdn.platform.openai.com' },
      payload,
    });
  }

  /** Sends a picture as the first message of a thread. */
  async sendPicture(): Promise<{ threadId: string; id: string }> {
    const attachment = await this.create();
    await this.upload(attachment);
    const response = await this.ask('threads.create', { input: inputOf([attachment.id]) });
    const threadId = /"id":"(thr_\w+)"/.exec(response.body)?.[1] ?? '';
    expect(threadId).not.toBe('');
    return { threadId, id: attachment.id };
  }
}
