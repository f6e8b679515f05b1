/** What people, models and applications may write, and databases have stumbled over. */
export const difficultTexts: Readonly<Record<string, string>> = {
  'NUL characters': 'a\0b\0',
  'halves of characters': 'x\uD83D y\uDE00',
  'whole characters beyond 16 bits': '👩‍👩‍👧 𝔘𝔫𝔦',
  'escapes that are none': '\\u0000 \\ud83d \\ "quoted" \'quoted\' $1 ${x} %s',
  'separators of lines': 'a\r\nb\u2028c\u2029d\u0085e',
  'right to left': 'مرحبا ‮abc‬',
  'a megabyte': 'ß'.repeat(512 * 1024),
  nothing: '',
};
