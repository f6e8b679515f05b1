import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Where the build puts the browser half: seen from dist/sandbox, or from the sources. */
export const defaultPublicFolder =
  [join(here, 'public'), join(here, '../dist/sandbox/public')].find(existsSync) ??
  join(here, 'public');

const types = {
  'chatkit.js': 'text/javascript; charset=utf-8',
  'frame.js': 'text/javascript; charset=utf-8',
  'frame.css': 'text/css; charset=utf-8',
  'index.html': 'text/html; charset=utf-8',
} as const;

export type StaticName = keyof typeof types;

export const staticNames = Object.keys(types) as StaticName[];

/** The frame may be embedded by any page, and runs nothing but its own files. */
const framePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data: https:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** @throws {Error} ENOENT when the project is not built */
export async function readStatic(folder: string, name: StaticName) {
  return {
    body: await readFile(join(folder, name)),
    headers: {
      'content-type': types[name],
      'cache-control': 'no-cache',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      ...(name === 'index.html' && { 'content-security-policy': framePolicy }),
    },
  };
}

/** A frame that loads, but in which nothing ever runs. */
export const deadFrame =
  '<!doctype html><html lang="en"><title>Local sandbox, not OpenAI</title></html>';
