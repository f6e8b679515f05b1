import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NotFoundError } from '../chatkit/index.js';
import { addressOf } from '../http/address.js';
import type { OriginCheck } from '../http/origin-check.js';
import { countRequests, type SharedCounters } from '../http/rate-limit.js';
import { describeOnly } from '../http/schemas.js';
import { Problem } from '../problems.js';
import {
  StorageError,
  type AuditAction,
  type ListedThread,
  type OpenStore,
} from '../storage/index.js';
import { assertMayDelete, createAccess, type AdminTokens, type Operator } from './access.js';
import {
  checkDays,
  formatCursor,
  parseAudit,
  parseCursor,
  parseItems,
  parseList,
  parseSubject,
} from './requests.js';

/** Where the conversations are that operators look for. */
export type Conversations =
  /** In the database of the service. */
  | 'stored'
  /** With OpenAI: the service has hosted sessions only. */
  | 'hosted'
  /** In a store that an application has brought. */
  | 'elsewhere';

export interface AdminApiOptions {
  readonly tokens: AdminTokens;
  readonly conversations: Conversations;
  /** Opens the database where that has not happened yet; not called unless conversations are `stored`. */
  readonly open: () => Promise<OpenStore>;
  /** Deletes the files of deleted threads; never rejects. */
  readonly deleteFiles: () => Promise<void>;
  readonly retentionDays: number | undefined;
  /** A keyed hash of a user, as the log has it: the audit log outlives users who are deleted. */
  readonly hashUser: (user: string) => string;
  readonly checkOrigin: OriginCheck;
  readonly sharedCounters: SharedCounters | undefined;
}

const requestsPerMinute = 600;
const bodyLimit = 4096;
const itemsPerPage = 100;
const auditPerPage = 100;
const figureDays = 30;
/** Milliseconds for which figures are kept: their query reads the answers of all the days. */
const figuresMs = 10_000;

const noThread = (): Problem =>
  new Problem('not_found', 'There is no such conversation. It may have been deleted.');

/** What an operator's page asks for; every route needs a token, and every act is in the audit log before it is done. */
export async function adminApi(app: FastifyInstance, options: AdminApiOptions): Promise<void> {
  const { conversations, hashUser } = options;
  describeOnly(app);
  const operators = new WeakMap<FastifyRequest, Operator>();
  const operatorOf = (request: FastifyRequest): Operator => {
    const operator = operators.get(request);
    if (operator === undefined) throw new TypeError('a request without an operator');
    return operator;
  };

  /** @throws {Problem} */
  async function use<T>(work: (store: OpenStore) => Promise<T>): Promise<T> {
    if (conversations !== 'stored') {
      throw new Problem('not_found', 'This service keeps no conversations itself.');
    }
    try {
      return await work(await options.open());
    } catch (error) {
      if (error instanceof NotFoundError) throw noThread();
      if (!(error instanceof StorageError)) throw error;
      throw new Problem('storage_unavailable', 'The database cannot be used right now.', {
        cause: error,
        retryAfter: 2,
      });
    }
  }

  /** Records an action in the log and, with a database, in the audit log. An action that cannot be recorded is refused. */
  async function audit(
    request: FastifyRequest,
    action: AuditAction,
    subject: string | null = null,
    actor: string | null = operatorOf(request).name,
  ): Promise<void> {
    request.log.info({ audit: action, actor, subject }, 'An act on the operator’s page.');
    if (conversations !== 'stored') return;
    const entry = { actor, action, subject, address: addressOf(request) };
    await use((store) => store.admin.addAuditEntry(entry));
  }

  const identify = createAccess({
    tokens: options.tokens,
    onRefused: (request) => audit(request as FastifyRequest, 'log_in_refused', null, null),
  });
  const limit = (await countRequests(app, options.sharedCounters))(
    requestsPerMinute,
    (request) => `admin ${addressOf(request)}`,
  );
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    // Behind a proxy that changes the Host header, only the browser knows that the page is of this origin.
    const isOwn = request.headers['sec-fetch-site'] === 'same-origin';
    const kind = options.checkOrigin(request);
    if (!isOwn && (kind === 'refused' || kind === 'allowed')) {
      throw new Problem('origin_not_allowed', 'Only the operator’s own page may ask.');
    }
    const retryAfter = await limit(request);
    if (retryAfter !== null) {
      throw new Problem('rate_limited', 'Too many requests. Wait a little.', { retryAfter });
    }
    operators.set(request, await identify(request));
  });
  const schema = { hide: true };

  app.post('/session', { schema, bodyLimit }, async (request) => {
    await audit(request, 'log_in');
    const { role, name } = operatorOf(request);
    return { role, name, conversations, retentionDays: options.retentionDays ?? null };
  });

  app.post('/threads', { schema, bodyLimit }, async (request) => {
    const { cursor, limit: pageSize = 50, ...filter } = parseList(request.body);
    checkDays(filter.from, filter.to);
    const after = cursor === undefined ? undefined : parseCursor(cursor);
    if (filter.text?.trim() && after === undefined) await audit(request, 'search_threads');
    const page = { after, limit: pageSize };
    const { threads, next } = await use((store) => store.admin.listThreads(filter, page));
    return {
      threads,
      next: next && formatCursor(next),
      // How far a search has come.
      searchedTo: next?.activeOn ?? null,
    };
  });

  const load = async (store: OpenStore, id: string): Promise<ListedThread> => {
    const thread = await store.admin.findThread(id);
    if (thread === null) throw noThread();
    return thread;
  };

  app.get<{ Params: { id: string } }>('/threads/:id', { schema }, (request) =>
    use(async (store) => {
      const { id } = request.params;
      const { after } = parseItems(request.query);
      const thread = await load(store, id);
      if (after === undefined) await audit(request, 'read_thread', id);
      const context = { user: thread.user };
      const page = { limit: itemsPerPage, order: 'asc', after } as const;
      const [items, feedback, answers] = await Promise.all([
        store.store.loadItems(id, page, context),
        store.store.loadFeedback(id, context),
        store.admin.answersOf(id),
      ]);
      return { thread, items: items.data, next: items.after ?? null, feedback, answers };
    }),
  );

  app.post('/export', { schema, bodyLimit }, (request, reply) =>
    use(async (store) => {
      const subject = parseSubject(request.body);
      if ('user' in subject) {
        await audit(request, 'export_user', hashUser(subject.user));
        return reply.type('application/json').send(Readable.from(store.exportUser(subject.user)));
      }
      const { user } = await load(store, subject.thread);
      await audit(request, 'export_thread', subject.thread);
      return reply
        .type('application/json')
        .send(Readable.from(store.admin.exportThread(subject.thread, user)));
    }),
  );

  app.post('/delete', { schema, bodyLimit }, (request) =>
    use(async (store) => {
      assertMayDelete(operatorOf(request));
      const subject = parseSubject(request.body);
      if ('user' in subject) {
        await audit(request, 'delete_user', hashUser(subject.user));
        return store.deleteUser(subject.user);
      }
      const { user } = await load(store, subject.thread);
      await audit(request, 'delete_thread', subject.thread);
      await store.store.deleteThread(subject.thread, { user });
      await options.deleteFiles();
      return { threads: 1 };
    }),
  );

  let figures: { readonly at: number; readonly body: Promise<object> } | undefined;
  app.get('/figures', { schema }, () => {
    if (figures === undefined || performance.now() - figures.at > figuresMs) {
      const body = use(async (store) => ({ days: await store.admin.figures(figureDays) }));
      figures = { at: performance.now(), body };
      body.catch(() => (figures = undefined));
    }
    return figures.body;
  });

  app.get('/audit', { schema }, (request) =>
    use(async (store) => {
      const { before } = parseAudit(request.query);
      const page = { before: before === undefined ? undefined : Number(before) };
      const entries = await store.admin.auditEntries({ ...page, limit: auditPerPage });
      const last = entries.length === auditPerPage ? entries.at(-1) : undefined;
      return { entries, next: last === undefined ? null : String(last.key) };
    }),
  );
}
