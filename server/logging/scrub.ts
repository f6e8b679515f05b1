import type { Config } from '../config.js';

/** Removes secrets from a text. */
export type Scrub = (text: string) => string;

const removed = '[secret]';

/** What is a secret by its form, whoever made it. */
const forms = [
  // Client secrets, keys of OpenAI and of similar providers, workflow ids, JSON Web Tokens.
  String.raw`\bek_[\w-]{4,}`,
  String.raw`\b(?:sk|pk|rk|key)-[\w-]{8,}`,
  String.raw`\bwf_\w{8,}`,
  String.raw`\bcksess_[\w-]+\.[\w.-]+`,
  String.raw`\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}`,
  // Credentials of headers, named or not.
  String.raw`\b(?:Bearer|Basic) +(?:\[secret\]|[\w.~+/=-]+)`,
  String.raw`\b(?:__Host-|__Secure-)[\w-]+=[^\s;,"'\\]+`,
  String.raw`(?<=\b(?:set-)?cookie["'\\]*[:=] *["'\\]*)[^\s"'\\][^"'\\\r\n]*`,
  String.raw`(?<=\b(?:authorization|x-api-key|api[-_]key|access_token|client_secret|password|secret|token)["'\\]*[:=] *["'\\]*)[^\s"'\\,;&}]{6,}`,
  // The user part of a URL, and its query.
  String.raw`(?<=\b[a-z][a-z+.-]*:\/\/)[^\s/?#"'\\@]+(?=@)`,
  String.raw`(?<=\b[a-z][a-z+.-]*:\/\/[^\s?"'\\]*\?)[^\s"'\\#]+`,
];
const byForm = new RegExp(forms.join('|'), 'gi');

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A value as it may stand in a text: as it is, in JSON, in a URL, in base64. */
function spellings(value: string): string[] {
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
  ];
}

function passwordOf(url: string | undefined): string[] {
  if (url === undefined || !URL.canParse(url)) return [];
  const { password } = new URL(url);
  return [password, decodeURIComponent(password)];
}

/** Every value of the configuration that must not be told. */
export function secretsOf(config: Config): string[] {
  const { openai, agent, auth, proxy } = config;
  return [
    openai.apiKey,
    agent.apiKey,
    config.workflowId,
    config.metricsToken,
    ...config.sessionSecrets,
    ...(auth.mode === 'jwt' && 'secret' in auth.key ? [auth.key.secret] : []),
    ...[config.databaseUrl, config.redisUrl, proxy.http, proxy.https].flatMap(passwordOf),
  ].filter((value) => value !== undefined && value.length >= 4) as string[];
}

/**
 * Removes these values from a text, however they are spelled, and what is a secret by its form: keys, tokens, cookies,
 * the credentials and queries of URLs.
 *
 * @example
 * const scrub = createScrub(secretsOf(config));
 * scrub('401: wrong key sk-proj-12345678'); // '401: wrong key [secret]'
 */
export function createScrub(values: readonly string[]): Scrub {
  const known = [...new Set(values.flatMap(spellings))].sort((a, b) => b.length - a.length);
  const byValue = known.length > 0 ? new RegExp(known.map(escapeRegExp).join('|'), 'g') : null;
  return (text) =>
    (byValue === null ? text : text.replace(byValue, removed)).replace(byForm, removed);
}
