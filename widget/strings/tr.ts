import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'Kapat',
  newChat: 'Yeni sohbet',
  history: 'Geçmiş',
  loading: 'Bağlanıyor…',
  slow: 'Hâlâ bağlanıyor…',
  ready: 'Sohbet hazır.',
  retry: 'Tekrar dene',
  contact: 'Bize ulaşın',
  unread: 'Yeni mesajlar',
  offline: 'Çevrimdışısınız. Bağlantınız geri geldiğinde sohbet de açılır.',
  session_rate_limited: 'Sohbet şu anda yoğun. Lütfen biraz sonra tekrar deneyin.',
  wait: 'Sohbet şu anda yoğun. Lütfen {time} sonra tekrar deneyin.',
  session_unauthenticated: 'Sohbeti kullanmak için lütfen giriş yapın.',
  session_forbidden: 'Sohbet bu sayfada kullanılamıyor.',
  waiting: 'Bağlantı kesildi. Mesajlar bağlantı geri gelince gönderilir.',
  threadLost: 'Önceki konuşma artık kullanılamıyor. Bu yeni bir konuşma.',
  failed: 'Sohbet açılamadı.',
};
