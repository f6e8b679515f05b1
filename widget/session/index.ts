export type { SessionAnswer } from './answer.js';
export { SessionClient, type SessionClientOptions, type SessionInfo } from './client.js';
