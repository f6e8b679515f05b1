import { Type, type Static } from 'typebox';
import type { BackendName } from '../variables.js';

export const SessionRequestSchema = Type.Object(
  {
    visitor: Type.Optional(
      Type.Unknown({
        description:
          'The `visitor` of an earlier answer, a string, where cookies are blocked; anything else counts as none',
      }),
    ),
  },
  { description: 'What is not known is ignored; nothing here chooses user or workflow' },
);

export const SessionAnswerSchema = Type.Object(
  {
    client_secret: Type.String(),
    session_id: Type.String(),
    expires_at: Type.Integer({ description: 'Unix time in seconds' }),
    api: Type.Optional(
      Type.Object(
        { url: Type.String(), domain_key: Type.String() },
        { description: 'Only for self-hosted sessions: where ChatKit sends its requests' },
      ),
    ),
    offers: Type.Optional(
      Type.Array(Type.Enum(['attachments', 'dictation', 'models']), {
        description: 'What the operator has switched on; a page must not offer the rest',
      }),
    ),
    visitor: Type.Optional(
      Type.String({
        description:
          'Only with AUTH=anonymous: names the visitor in the next request, as {"visitor": "…"}, where cookies are blocked',
      }),
    ),
  },
  { title: 'Session', description: 'What a page starts ChatKit with' },
);
/** What a page gets to start ChatKit with, and what the log has to know. */
export type SessionAnswer = Static<typeof SessionAnswerSchema> & {
  /** OpenAI's `x-request-id`, for the log; pages do not get it. */
  readonly upstreamRequestId?: string;
};

export interface CreateSession {
  /** The authenticated user; never taken from the request's body. */
  readonly user: string;
  /** The application's own fields of the caller, for the responder of self-hosted chats. */
  readonly app?: Readonly<Record<string, unknown>>;
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal;
  /** Whether the page is on its visitor's own machine, where ChatKit needs no domain key. */
  readonly isLocal: boolean;
}

/** Makes sessions of one kind. Both methods throw a `Problem`. */
export interface SessionBackend {
  readonly name: BackendName;
  /** Why no chat could start on such a page, or null; a backend without it serves every page. */
  readonly unusable?: (page: Pick<CreateSession, 'isLocal'>) => string | null;
  create(request: CreateSession): Promise<SessionAnswer>;
  cancel(sessionId: string, signal: AbortSignal): Promise<void>;
}

/** A session, with the backend that made it. */
export interface OpenedSession {
  readonly backend: BackendName;
  readonly answer: SessionAnswer;
}
