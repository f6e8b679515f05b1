import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../problems.js';
import { completeMethods } from './methods.js';

// By hand: the ETags of @fastify/static are made of a file's size and time, which differ between instances, and a
// name with a content hash needs the hash.
const name = 'taskpilot-chat.js';
/** The languages of the script: beside it, for it resolves their addresses against its own. */
const folder = 'taskpilot-chat';
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

interface Variant {
  readonly body: Buffer;
  readonly etag: string;
  readonly encoding: string | undefined;
}

/** The build copies the widget's script into this package: `dist/public`, seen from `dist/plugins`. */
export const defaultAssets = fileURLToPath(new URL('../public', import.meta.url));

/** A script as it is, and as the build has packed it. */
function readVariants(path: string) {
  const body = readFileSync(path);
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  const variants: Variant[] = encodings
    .filter(([, suffix]) => existsSync(`${path}${suffix}`))
    .map(([encoding, suffix]) => ({
      body: readFileSync(`${path}${suffix}`),
      etag: `"${hash}-${encoding}"`,
      encoding,
    }));
  variants.push({ body, etag: `"${hash}"`, encoding: undefined });
  return { hash, variants };
}

function accepts(header: string | string[] | undefined, encoding: string): boolean {
  return String(header ?? '')
    .split(',')
    .some((part) => {
      const [token, ...parameters] = part.trim().split(/\s*;\s*/);
      return token === encoding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    });
}

function readLanguages(path: string): Map<string, readonly Variant[]> {
  const files = existsSync(path) ? readdirSync(path).filter((file) => file.endsWith('.js')) : [];
  return new Map(files.map((file) => [file, readVariants(`${path}/${file}`).variants]));
}

/**
 * The one script and its languages, for pages of any site. Under its plain name the script is revalidated each time,
 * under its content hash it may be kept for ever.
 */
export function scriptRoutes(
  app: FastifyInstance,
  { assets = defaultAssets }: { assets?: string },
  done: (error?: Error) => void,
): void {
  if (!existsSync(`${assets}/${name}`)) {
    app.log.warn(`${name} is not built: run npm run build. Pages that load it get 404.`);
    done();
    return;
  }
  const { hash, variants } = readVariants(`${assets}/${name}`);
  const languages = readLanguages(`${assets}/${folder}`);

  const send = (
    request: FastifyRequest,
    reply: FastifyReply,
    cacheControl: string,
    found: readonly Variant[] = [],
  ) => {
    const variant = found.find(
      ({ encoding }) =>
        encoding === undefined || accepts(request.headers['accept-encoding'], encoding),
    );
    if (variant === undefined) throw new Problem('not_found', 'There is nothing at this address.');
    reply
      .header('cache-control', cacheControl)
      .header('etag', variant.etag)
      .header('vary', 'accept-encoding')
      .header('access-control-allow-origin', '*')
      .header('cross-origin-resource-policy', 'cross-origin')
      .header('timing-allow-origin', '*');
    const known = (request.headers['if-none-match'] ?? '')
      .split(',')
      .map((tag) => tag.trim().replace(/^W\//, ''));
    if (known.includes(variant.etag) || known.includes('*')) return reply.code(304).send();
    if (variant.encoding !== undefined) reply.header('content-encoding', variant.encoding);
    return reply.type('text/javascript; charset=utf-8').send(variant.body);
  };

  const hashed = `taskpilot-chat.${hash}.js`;
  const revalidated = 'public, max-age=0, must-revalidate';
  app.get(`/${name}`, (request, reply) => send(request, reply, revalidated, variants));
  app.get(`/${hashed}`, (request, reply) =>
    send(request, reply, 'public, max-age=31536000, immutable', variants),
  );
  app.get<{ Params: { file: string } }>(
    `/${folder}/:file`,
    { schema: { hide: true } },
    (request, reply) => send(request, reply, revalidated, languages.get(request.params.file)),
  );
  for (const path of [name, hashed, `${folder}/:file`]) completeMethods(app, `/${path}`, 'GET');
  done();
}
