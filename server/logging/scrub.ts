import type { Config } from '../config.js';

/** Removes secrets from a text. */
export type Scrub = (text: string) => string;

const removed = '[secret]';

// Repetitions that more must follow are bounded: visitors bring texts of any kind into messages, and a search must not
// take quadratic time. Groups in the place of lookbehind assertions, which are tried at every character.

/** Secrets by their form, whoever made them. */
const forms = new RegExp(
  [
    // Client secrets, keys of OpenAI and of similar providers, workflow ids, tokens of sessions, JSON Web Tokens.
    String.raw`\bek_[\w-]{4,}`,
    String.raw`\b(?:sk|pk|rk|key)-[\w-]{8,}`,
    String.raw`\bwf_\w{8,}`,
    String.raw`\bcksess_[\w-]{1,200}\.[\w.-]+`,
    String.raw`\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}`,
    String.raw`\b(?:Bearer|Basic) +(?:\[secret\]|[\w.~+/=-]+)`,
    String.raw`\b(?:__Host-|__Secure-)[\w-]{1,100}=[^\s;,"'\\]+`,
  ].join('|'),
  'gi',
);

/** Secrets by what stands before them, which stays: names of headers and fields, and the beginnings of URLs. */
const placed = [
  /(\b(?:set-)?cookie["'\\]{0,4}[:=] {0,4}["'\\]{0,4})[^\s"'\\][^"'\\\r\n]*/gi,
  /(\b(?:authorization|x-api-key|api[-_]key|access_token|client_secret|password|secret|token)["'\\]{0,4}[:=] {0,4}["'\\]{0,4})[^\s"'\\,;&}]{6,}/gi,
  // The user part of a URL, and its query.
  /(\b[a-z][a-z+.-]{0,20}:\/\/)[^\s/?#"'\\@]+(?=@)/gi,
  /(\b[a-z][a-z+.-]{0,20}:\/\/[^\s?"'\\]{0,500}\?)[^\s"'\\#]+/gi,
];

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
    ...(config.admin?.admin ?? []),
    ...(config.admin?.read ?? []),
    config.attachments.s3?.secretAccessKey,
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
  return (text) => {
    const withoutValues = byValue === null ? text : text.replace(byValue, removed);
    return placed.reduce(
      (rest, pattern) => rest.replace(pattern, `$1${removed}`),
      withoutValues.replace(forms, removed),
    );
  };
}
