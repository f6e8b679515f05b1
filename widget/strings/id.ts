import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'Tutup',
  newChat: 'Obrolan baru',
  history: 'Riwayat',
  loading: 'Menghubungkan…',
  slow: 'Masih menghubungkan…',
  ready: 'Obrolan siap.',
  retry: 'Coba lagi',
  contact: 'Hubungi kami',
  unread: 'Pesan baru',
  offline: 'Anda sedang offline. Obrolan akan kembali saat koneksi Anda pulih.',
  session_rate_limited: 'Obrolan sedang sibuk. Silakan coba lagi sebentar lagi.',
  wait: 'Obrolan sedang sibuk. Silakan coba lagi dalam {time}.',
  session_unauthenticated: 'Silakan masuk untuk menggunakan obrolan.',
  session_forbidden: 'Obrolan tidak tersedia di halaman ini.',
  waiting: 'Koneksi terputus. Pesan akan dikirim saat koneksi pulih.',
  threadLost: 'Percakapan sebelumnya tidak tersedia lagi. Ini percakapan baru.',
  failed: 'Obrolan tidak dapat dibuka.',
};
