import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'Cerrar',
  newChat: 'Chat nuevo',
  history: 'Historial',
  loading: 'Conectando…',
  slow: 'Aún conectando…',
  ready: 'El chat está listo.',
  retry: 'Volver a intentarlo',
  contact: 'Contactar',
  unread: 'Mensajes nuevos',
  offline: 'No hay conexión a internet. El chat volverá cuando se restablezca.',
  session_rate_limited: 'El chat está saturado. Vuelve a intentarlo en un momento.',
  wait: 'El chat está saturado. Vuelve a intentarlo dentro de {time}.',
  session_unauthenticated: 'Inicia sesión para usar el chat.',
  session_forbidden: 'El chat no está disponible en esta página.',
  waiting: 'Se ha interrumpido la conexión. Los mensajes se enviarán cuando se restablezca.',
  threadLost: 'La conversación anterior ya no está disponible. Esta es una nueva.',
  failed: 'No se pudo abrir el chat.',
};
