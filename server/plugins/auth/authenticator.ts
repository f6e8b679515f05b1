import type { FastifyReply, FastifyRequest } from 'fastify';

export interface Caller {
  /** Stable and unique; sent to OpenAI as the session's `user`. */
  readonly user: string;
  /** True when this request made the user up: it then says nothing about who is asking. */
  readonly isNew?: boolean;
}

/** Who is asking. Implement it to use an application's own log-in. */
export interface Authenticator {
  /** @throws {Problem} `unauthenticated` without valid credentials */
  authenticate(request: FastifyRequest, reply: FastifyReply): Caller | Promise<Caller>;
}
