import { Problem } from '../../problems.js';
import type { Authenticator } from './authenticator.js';

/** A trusted proxy has logged the user in and names them in a header. */
export function createHeaderAuthenticator(header: string): Authenticator {
  return {
    authenticate(request) {
      const user = request.headers[header];
      if (typeof user !== 'string' || user.trim() === '') {
        throw new Problem('unauthenticated', 'The proxy in front of the service names no user.');
      }
      return { user: user.trim() };
    },
  };
}
