import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'Schließen',
  newChat: 'Neuer Chat',
  history: 'Verlauf',
  loading: 'Verbindung wird hergestellt…',
  slow: 'Verbindung wird noch hergestellt…',
  ready: 'Der Chat ist bereit.',
  retry: 'Erneut versuchen',
  contact: 'Kontakt aufnehmen',
  unread: 'Neue Nachrichten',
  offline: 'Sie sind offline. Der Chat ist wieder da, sobald Sie verbunden sind.',
  session_rate_limited: 'Der Chat ist ausgelastet. Bitte versuchen Sie es gleich noch einmal.',
  wait: 'Der Chat ist ausgelastet. Bitte versuchen Sie es in {time} noch einmal.',
  session_unauthenticated: 'Bitte melden Sie sich an, um den Chat zu nutzen.',
  session_forbidden: 'Der Chat ist auf dieser Seite nicht verfügbar.',
  waiting:
    'Die Verbindung ist unterbrochen. Nachrichten werden gesendet, sobald sie wieder besteht.',
  threadLost: 'Die frühere Unterhaltung ist nicht mehr verfügbar. Dies ist eine neue.',
  failed: 'Der Chat konnte nicht geöffnet werden.',
};
