export type { SessionAnswer } from './session-answer.js';
export { SessionClient, type SessionClientOptions, type SessionInfo } from './session-client.js';
