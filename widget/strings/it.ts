import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'Chiudi',
  newChat: 'Nuova chat',
  history: 'Cronologia',
  loading: 'Connessione in corso…',
  slow: 'Connessione ancora in corso…',
  ready: 'La chat è pronta.',
  retry: 'Riprova',
  contact: 'Contattaci',
  unread: 'Nuovi messaggi',
  offline: 'Sei offline. La chat tornerà con la connessione.',
  session_rate_limited: 'La chat è molto richiesta. Riprova tra poco.',
  wait: 'La chat è molto richiesta. Riprova tra {time}.',
  session_unauthenticated: 'Accedi per usare la chat.',
  session_forbidden: 'La chat non è disponibile in questa pagina.',
  waiting: 'La connessione si è interrotta. I messaggi saranno inviati appena torna.',
  threadLost: 'La conversazione precedente non è più disponibile. Questa è una nuova.',
  failed: 'Non è stato possibile aprire la chat.',
};
