import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'Fechar',
  newChat: 'Novo chat',
  history: 'Histórico',
  loading: 'Conectando…',
  slow: 'Ainda conectando…',
  ready: 'O chat está pronto.',
  retry: 'Tentar de novo',
  contact: 'Fale conosco',
  unread: 'Novas mensagens',
  offline: 'Você está off-line. O chat voltará com a sua conexão.',
  session_rate_limited: 'O chat está sobrecarregado. Tente de novo em instantes.',
  wait: 'O chat está sobrecarregado. Tente de novo em {time}.',
  session_unauthenticated: 'Entre na sua conta para usar o chat.',
  session_forbidden: 'O chat não está disponível nesta página.',
  waiting: 'A conexão foi interrompida. As mensagens serão enviadas quando ela voltar.',
  threadLost: 'A conversa anterior não está mais disponível. Esta é uma nova.',
  failed: 'Não foi possível abrir o chat.',
};
