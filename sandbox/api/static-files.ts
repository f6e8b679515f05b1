import { existsSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

// Served without @fastify/static, which sends only files compressed beforehand, while `publicFolder` may have none.

/** `dist/public` of the build. This module runs from `dist/api`, and in tests from the sources. */
export function defaultPublicFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, '../public');
  return existsSync(beside) ? beside : join(here, '../dist/public');
}

const types = {
  'chatkit.js': 'text/javascript; charset=utf-8',
  'frame.js': 'text/javascript; charset=utf-8',
  'frame.css': 'text/css; charset=utf-8',
  'index.html': 'text/html; charset=utf-8',
} as const;

export type StaticName = keyof typeof types;

export const staticNames = Object.keys(types) as StaticName[];

/** @throws {Error} ENOENT when the project is not built */
export async function checkFolder(folder: string): Promise<void> {
  try {
    await Promise.all(staticNames.map((name) => access(join(folder, name))));
  } catch (cause) {
    const message = `The sandbox’s files for browsers are not in ${folder}: run npm run build`;
    throw Object.assign(new Error(message, { cause }), { code: 'ENOENT' });
  }
}

/** Any page may embed the frame; it runs its own files only. */
const framePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // Previews of attachments come from the page's own server.
  'img-src data: blob: https: http:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const compress = promisify(gzip);

/**
 * @param encodings the request's `accept-encoding`
 * @throws {Error} ENOENT when the files were removed after the start
 */
export async function readStatic(folder: string, name: StaticName, encodings = '') {
  const body = await readFile(join(folder, name));
  const isCompressed = /\bgzip\b/.test(encodings);
  return {
    body: isCompressed ? await compress(body) : body,
    headers: {
      'content-type': types[name],
      ...(isCompressed && { 'content-encoding': 'gzip' }),
      vary: 'accept-encoding',
      'cache-control': 'no-cache',
      // As a CDN does, for cross-origin isolated pages.
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      ...(name === 'index.html' && { 'content-security-policy': framePolicy }),
    },
  };
}

/** A frame that loads but runs no script. */
export const deadFrame =
  '<!doctype html><html lang="en"><title>Local sandbox, not OpenAI</title></html>';
