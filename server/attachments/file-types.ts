const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Types that browsers show as images without running anything in them, and that models take. */
const signatures: Readonly<Record<string, (start: Buffer) => boolean>> = {
  'image/png': (start) => start.subarray(0, 8).equals(bytes('\x89PNG\r\n\x1a\n')),
  'image/jpeg': (start) => start.subarray(0, 3).equals(bytes('\xff\xd8\xff')),
  'image/gif': (start) => /^GIF8[79]a/.test(start.toString('latin1', 0, 6)),
  'image/webp': (start) => /^RIFF[\s\S]{4}WEBP/.test(start.toString('latin1', 0, 12)),
  'application/pdf': (start) => start.toString('latin1', 0, 5) === '%PDF-',
};

/** Types that are read as text. */
const texts = ['text/plain', 'text/markdown', 'text/csv', 'application/json'];

/**
 * Types that can be switched on: those whose bytes are checked here. SVG and HTML are not among them, because they are
 * programs when a browser opens them.
 */
export const knownTypes: readonly string[] = [...Object.keys(signatures), ...texts];

const names: Readonly<Record<string, string>> = {
  'image/webp': 'WebP',
  'text/plain': 'text',
  'text/markdown': 'Markdown',
};

/** What people call files of this type: “PNG”. */
export const typeName = (mimeType: string): string =>
  names[mimeType] ?? mimeType.replace(/^.*\//, '').toUpperCase();

export const isImage = (mimeType: string): boolean => mimeType.startsWith('image/');

export const isText = (mimeType: string): boolean => texts.includes(mimeType);

/**
 * Whether a file can be of its type, by its first bytes. Own code for these few, because `file-type` knows two hundred
 * formats, and parses the containers of most.
 */
export function matchesType(mimeType: string, start: Uint8Array): boolean {
  if (isText(mimeType)) return !start.includes(0);
  return (
    Object.hasOwn(signatures, mimeType) && (signatures[mimeType]?.(Buffer.from(start)) ?? false)
  );
}
