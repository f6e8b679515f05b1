import type { Config } from '../config.js';
import { sessionsPath } from '../sessions/routes.js';
import { version } from '../version.js';

/** Where pages reach the service, as far as it is known: a host of its own is not. */
export function baseUrlOf({ publicUrl, host }: Pick<Config, 'publicUrl' | 'host'>, port: number) {
  if (publicUrl !== undefined) return publicUrl;
  const everywhere = host === undefined || ['::', '0.0.0.0'].includes(host);
  const name = everywhere ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** What a page needs: the one line to paste. */
export const scriptTag = (baseUrl: string): string =>
  `<script src="${baseUrl}/taskpilot-chat.js" async data-session-endpoint="${baseUrl}${sessionsPath}"></script>`;

const authTexts: Readonly<Record<Config['auth']['mode'], string>> = {
  anonymous: 'visitors are anonymous, known by a signed cookie',
  jwt: 'users are known by the token of their log-in',
  header: 'users are named by the proxy in front',
};

function storageText({ backends, databaseUrl, redisUrl, dataDir }: Config): string {
  const shared = redisUrl === undefined ? '' : ', limits in Redis';
  if (databaseUrl !== undefined) return `PostgreSQL${shared}`;
  if (!backends.includes('self-hosted')) return `nothing is stored${shared}`;
  return `embedded database in ${dataDir}${shared}`;
}

/**
 * What an operator wants to see when the service has started: how to use it, and what is missing. It contains no
 * secret.
 *
 * @param missing warnings, a line each, which say what to do
 */
export function banner(config: Config, port: number, missing: readonly string[]): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Address', baseUrlOf(config, port)],
    ['Mode', config.production ? 'production' : 'development'],
    ['Users', authTexts[config.auth.mode]],
    ['Backends', config.backends.join(', then ')],
    ['Storage', storageText(config)],
  ];
  const notes = missing.map((line) => `  ! ${line}`);
  return [
    '',
    `TaskPilot Chat ${version}`,
    '',
    ...rows.map(([name, text]) => `  ${name.padEnd(10)}${text}`),
    '',
    'Paste into your pages:',
    `  ${scriptTag(baseUrlOf(config, port))}`,
    '',
    ...(notes.length === 0 ? [] : ['Missing:', ...notes, '']),
    'taskpilot-chat doctor checks all of it. Ctrl+C stops the service.',
    '',
  ].join('\n');
}
