import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'إغلاق',
  newChat: 'محادثة جديدة',
  history: 'سجل المحادثات',
  loading: 'جارٍ الاتصال…',
  slow: 'ما زال الاتصال جاريًا…',
  ready: 'المحادثة جاهزة.',
  retry: 'حاول مرة أخرى',
  contact: 'تواصل معنا',
  unread: 'رسائل جديدة',
  offline: 'أنت غير متصل بالإنترنت. ستعود المحادثة مع عودة الاتصال.',
  session_rate_limited: 'المحادثة مزدحمة. حاول مرة أخرى بعد قليل.',
  wait: 'المحادثة مزدحمة. الوقت المتبقي قبل المحاولة مرة أخرى: {time}.',
  session_unauthenticated: 'سجّل الدخول لاستخدام المحادثة.',
  session_forbidden: 'المحادثة غير متاحة في هذه الصفحة.',
  waiting: 'انقطع الاتصال. ستُرسل الرسائل عند عودته.',
  threadLost: 'المحادثة السابقة لم تعد متاحة. هذه محادثة جديدة.',
  failed: 'تعذّر فتح المحادثة.',
};
