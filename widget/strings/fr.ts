import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'Fermer',
  newChat: 'Nouvelle discussion',
  history: 'Historique',
  loading: 'Connexion…',
  slow: 'Connexion toujours en cours…',
  ready: 'Le chat est prêt.',
  retry: 'Réessayer',
  contact: 'Nous contacter',
  unread: 'Nouveaux messages',
  offline: 'Vous êtes hors ligne. Le chat reviendra avec votre connexion.',
  session_rate_limited: 'Le chat est très sollicité. Veuillez réessayer dans un instant.',
  wait: 'Le chat est très sollicité. Veuillez réessayer dans {time}.',
  session_unauthenticated: 'Veuillez vous connecter pour utiliser le chat.',
  session_forbidden: 'Le chat n’est pas disponible sur cette page.',
  waiting: 'La connexion est interrompue. Les messages seront envoyés dès son retour.',
  threadLost: 'La conversation précédente n’est plus disponible. En voici une nouvelle.',
  failed: 'Impossible d’ouvrir le chat.',
};
