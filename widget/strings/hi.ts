import type { LanguageStrings } from './en.js';

export const strings: LanguageStrings = {
  close: 'बंद करें',
  newChat: 'नई चैट',
  history: 'चैट इतिहास',
  loading: 'कनेक्ट हो रहा है…',
  slow: 'अभी भी कनेक्ट हो रहा है…',
  ready: 'चैट तैयार है।',
  retry: 'फिर से कोशिश करें',
  contact: 'संपर्क करें',
  unread: 'नए संदेश',
  offline: 'आप ऑफ़लाइन हैं। इंटरनेट कनेक्शन लौटते ही चैट फिर चालू हो जाएगी।',
  session_rate_limited: 'चैट अभी व्यस्त है। कृपया थोड़ी देर में फिर से कोशिश करें।',
  wait: 'चैट अभी व्यस्त है। कृपया {time} बाद फिर से कोशिश करें।',
  session_unauthenticated: 'चैट का उपयोग करने के लिए कृपया साइन इन करें।',
  session_forbidden: 'इस पेज पर चैट उपलब्ध नहीं है।',
  waiting: 'कनेक्शन टूट गया है। कनेक्शन लौटने पर संदेश भेजे जाएँगे।',
  threadLost: 'पिछली बातचीत अब उपलब्ध नहीं है। यह एक नई बातचीत है।',
  failed: 'चैट नहीं खुल सकी।',
};
