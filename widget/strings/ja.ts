import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: '閉じる',
  newChat: '新しいチャット',
  history: '履歴',
  loading: '接続しています…',
  slow: 'まだ接続しています…',
  ready: 'チャットの準備ができました。',
  retry: 'もう一度試す',
  contact: 'お問い合わせ',
  unread: '新着メッセージ',
  offline: 'オフラインです。接続が回復するとチャットを再開できます。',
  session_rate_limited: 'チャットが混み合っています。しばらくしてからもう一度お試しください。',
  wait: 'チャットが混み合っています。{time}後にもう一度お試しください。',
  session_unauthenticated: 'チャットを利用するにはログインしてください。',
  session_forbidden: 'このページではチャットを利用できません。',
  waiting: '接続が中断されました。メッセージは接続の回復後に送信されます。',
  threadLost: '以前の会話は利用できなくなりました。これは新しい会話です。',
  failed: 'チャットを開けませんでした。',
};
