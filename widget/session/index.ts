export type { SessionAnswer } from './request.js';
export { SessionClient, type SessionClientOptions, type SessionInfo } from './client.js';
export { identityOf } from './identity.js';
