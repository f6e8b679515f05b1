import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'بند کریں',
  newChat: 'نئی چیٹ',
  history: 'چیٹ کی سرگزشت',
  loading: 'رابطہ ہو رہا ہے…',
  slow: 'ابھی تک رابطہ ہو رہا ہے…',
  ready: 'چیٹ تیار ہے۔',
  retry: 'دوبارہ کوشش کریں',
  contact: 'ہم سے رابطہ کریں',
  unread: 'نئے پیغامات',
  offline: 'آپ آف لائن ہیں۔ انٹرنیٹ بحال ہوتے ہی چیٹ دوبارہ چل پڑے گی۔',
  session_rate_limited: 'چیٹ اس وقت مصروف ہے۔ براہِ کرم تھوڑی دیر بعد دوبارہ کوشش کریں۔',
  wait: 'چیٹ اس وقت مصروف ہے۔ براہِ کرم {time} بعد دوبارہ کوشش کریں۔',
  session_unauthenticated: 'چیٹ استعمال کرنے کے لیے سائن ان کریں۔',
  session_forbidden: 'چیٹ اس صفحے پر دستیاب نہیں۔',
  waiting: 'رابطہ منقطع ہو گیا ہے۔ رابطہ بحال ہونے پر پیغامات بھیج دیے جائیں گے۔',
  threadLost: 'پچھلی گفتگو اب دستیاب نہیں۔ یہ نئی گفتگو ہے۔',
  failed: 'چیٹ نہیں کھل سکی۔',
};
