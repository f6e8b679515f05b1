import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'বন্ধ করুন',
  newChat: 'নতুন চ্যাট',
  history: 'চ্যাটের ইতিহাস',
  loading: 'সংযোগ করা হচ্ছে…',
  slow: 'এখনও সংযোগ করা হচ্ছে…',
  ready: 'চ্যাট প্রস্তুত।',
  retry: 'আবার চেষ্টা করুন',
  contact: 'যোগাযোগ করুন',
  unread: 'নতুন বার্তা',
  offline: 'আপনি অফলাইনে আছেন। ইন্টারনেট সংযোগ ফিরলে চ্যাট আবার চালু হবে।',
  session_rate_limited: 'চ্যাট এখন ব্যস্ত। একটু পরে আবার চেষ্টা করুন।',
  wait: 'চ্যাট এখন ব্যস্ত। {time} পরে আবার চেষ্টা করুন।',
  session_unauthenticated: 'চ্যাট ব্যবহার করতে সাইন ইন করুন।',
  session_forbidden: 'এই পৃষ্ঠায় চ্যাট উপলব্ধ নয়।',
  waiting: 'সংযোগ বিচ্ছিন্ন হয়েছে। সংযোগ ফিরলে বার্তা পাঠানো হবে।',
  threadLost: 'আগের কথোপকথনটি আর উপলব্ধ নেই। এটি একটি নতুন কথোপকথন।',
  failed: 'চ্যাট খোলা যায়নি।',
};
