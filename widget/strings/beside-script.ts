import { ownScript } from '../script.js';
import type { Language } from './index.js';
import type { LanguageModule } from './modules.js';

/**
 * Fetches the texts of a language from the folder beside the one script. The address is absolute: a relative one would be
 * resolved against `about:blank`, because pages load the script from another origin without CORS.
 *
 * @throws {Error} for a script tag with `integrity`: it would not cover the file
 */
export async function loadLanguage(language: Language): Promise<LanguageModule> {
  const { src, integrity } = ownScript() ?? {};
  if (integrity) throw new Error('not covered by integrity');
  return (await import(new URL(`taskpilot-chat/${language}.js`, src).href)) as LanguageModule;
}
