/**
 * The question with `{tool}` in place of what is to be done, and `{server}` in place of where in parentheses, and the two
 * answers.
 */
type ApprovalTexts = readonly [question: string, allow: string, decline: string];

/** In the languages that the widget has texts in. */
const texts = {
  en: ['Allow “{tool}”{server}?', 'Allow', 'Decline'],
  ar: ['هل تسمح بـ «{tool}»{server}؟', 'سماح', 'رفض'],
  bn: ['“{tool}”{server} করার অনুমতি দেবেন?', 'অনুমতি দিন', 'প্রত্যাখ্যান করুন'],
  de: ['„{tool}“{server} erlauben?', 'Erlauben', 'Ablehnen'],
  es: ['¿Permitir «{tool}»{server}?', 'Permitir', 'Rechazar'],
  fr: ['Autoriser « {tool} »{server} ?', 'Autoriser', 'Refuser'],
  hi: ['“{tool}”{server} की अनुमति दें?', 'अनुमति दें', 'अस्वीकार करें'],
  id: ['Izinkan “{tool}”{server}?', 'Izinkan', 'Tolak'],
  it: ['Consentire “{tool}”{server}?', 'Consenti', 'Rifiuta'],
  ja: ['「{tool}」{server}を許可しますか？', '許可する', '拒否する'],
  ko: ['“{tool}”{server} 작업을 허용하시겠습니까?', '허용', '거부'],
  pt: ['Permitir “{tool}”{server}?', 'Permitir', 'Recusar'],
  ru: ['Разрешить «{tool}»{server}?', 'Разрешить', 'Отклонить'],
  tr: ['“{tool}”{server} işlemine izin verilsin mi?', 'İzin ver', 'Reddet'],
  ur: ['کیا “{tool}”{server} کی اجازت ہے؟', 'اجازت دیں', 'مسترد کریں'],
  zh: ['允许“{tool}”{server}吗？', '允许', '拒绝'],
} as const satisfies Readonly<Record<string, ApprovalTexts>>;

/** @param locale BCP 47; English stands in for a language without texts, and for traditional Chinese */
export function approvalTexts(locale: string): ApprovalTexts {
  const { language, script } = new Intl.Locale(locale).maximize();
  const known = Object.entries(texts).find(([name]) => name === language && script !== 'Hant');
  return known?.[1] ?? texts.en;
}
