import type { Config } from '../../config.js';
import { isLoopback } from '../../http/loopback.js';
import { localhostDomainKey } from '../../sessions/self-hosted.js';
import { findingsOf, type Finding } from './finding.js';

const { ok, failed, note } = findingsOf('Variables');

/** @param problems lines of a `ConfigError` */
export const wrongVariables = (problems: readonly string[]): Finding[] =>
  problems.map((line) =>
    failed(line, 'Change it in the environment or in .env; taskpilot-chat serve --help lists all.'),
  );

/** @param doubts lines about variables that are read, but probably not meant so */
export const readVariables = (doubts: readonly string[]): Finding[] =>
  doubts.length === 0 ? [ok('All take their values.')] : doubts.map((line) => note(line));

/** Fewer different characters make a text that can be guessed, whatever its length. */
const minCharacters = 10;
const placeholders = /change.?me|replace.?me|example|password|secret|your.?|0123456789|abcdef/i;

/** Why a secret could be guessed; null when it looks random. */
function weaknessOf(secret: string): string | null {
  if (new Set(secret).size < minCharacters) return 'has few different characters';
  if (/(.{4,})\1/.test(secret)) return 'repeats itself';
  if (placeholders.test(secret)) return 'looks like a placeholder';
  return null;
}

const makeSecret = 'Make one with: openssl rand -base64 32';

/** Whether what signs cookies and sessions can be guessed. Variables with less than 32 characters are refused before. */
export function checkSecrets(config: Config, isSet: (name: string) => boolean): Finding[] {
  const { ok, failed, note } = findingsOf('Secrets');
  const shared = config.auth.mode === 'jwt' && 'secret' in config.auth.key;
  const secrets: (readonly [string, string])[] = [
    ...(isSet('SESSION_SECRET')
      ? config.sessionSecrets.map((secret) => ['SESSION_SECRET', secret] as const)
      : []),
    ...(config.auth.mode === 'jwt' && 'secret' in config.auth.key
      ? [['AUTH_JWT_SECRET', config.auth.key.secret] as const]
      : []),
  ];
  const weak = secrets.flatMap(([name, secret]) => {
    const weakness = weaknessOf(secret);
    return weakness === null ? [] : [failed(`${name} ${weakness}.`, makeSecret)];
  });
  const missing = isSet('SESSION_SECRET')
    ? []
    : [
        note(
          'SESSION_SECRET is not set: every restart makes all visitors new ones.',
          'taskpilot-chat init writes one into .env.',
        ),
      ];
  if (weak.length + missing.length > 0) return [...weak, ...missing];
  return [ok(`SESSION_SECRET${shared ? ' and AUTH_JWT_SECRET' : ''} cannot be guessed.`)];
}

const allowlist = 'https://platform.openai.com/settings/organization/security/domain-allowlist';

/** Pages off this machine, as far as the configuration tells. */
function remotePages({ allowedOrigins, publicUrl, production }: Config): string | null {
  const urls = [...allowedOrigins, ...(publicUrl === undefined ? [] : [publicUrl])];
  const remote = urls.find((url) => !isLoopback(url.replace('*', 'any')));
  return remote ?? (production ? 'production' : null);
}

/** ChatKit starts self-hosted chats off localhost with a key of the page's domain only. */
export function checkDomainKey(config: Config): Finding[] {
  const { ok, failed, note } = findingsOf('Domain key');
  if (!config.backends.includes('self-hosted')) return [note('Hosted chats need none.')];
  const remote = remotePages(config);
  if (remote === null) return [note('Not needed as long as all pages are on localhost.')];
  if (config.domainKey !== undefined && config.domainKey !== localhostDomainKey) {
    return [
      ok('CHATKIT_DOMAIN_KEY is set. OpenAI ties it to a domain, which only a page can check.'),
    ];
  }
  return [
    failed(
      `Self-hosted chats need a CHATKIT_DOMAIN_KEY off localhost (${remote}).`,
      `Add the domain of your pages at ${allowlist}, and set its key.`,
    ),
  ];
}
