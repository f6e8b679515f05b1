import { chmod, readFile, writeFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { ConfigError } from '../../config.js';

/** Text that `parseEnv` reads back unchanged, without quotes where it needs none. */
function quoted(value: string): string {
  if (/^[\w@%+=:,./*-]*$/.test(value)) return value;
  const quote = ["'", '`', '"'].find((sign) => !value.includes(sign));
  // An escape is read in double quotes only, and only of a line's end.
  const isSafe = quote !== undefined && !(quote === '"' && value.includes('\\'));
  if (!isSafe || /[\r\n]/.test(value)) {
    throw new ConfigError('A value has quotes of all kinds or several lines: write it by hand.');
  }
  return quote + value + quote;
}

/** Where a variable is set, its value in quotes over several lines included. */
const settingOf = (name: string): RegExp =>
  new RegExp(
    `^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*(?:"[^"]*"|'[^']*'|\`[^\`]*\`|[^\\n]*)`,
    'm',
  );

/** A `.env`: its comments, order and other values stay when some are set. */
export class EnvFile {
  readonly path: string;
  readonly #text: string;
  readonly #values: Readonly<Record<string, string | undefined>>;

  private constructor(path: string, text: string) {
    this.path = path;
    this.#text = text;
    this.#values = parseEnv(text);
  }

  /** @throws {ConfigError} when there is one that cannot be read */
  static async read(path: string): Promise<EnvFile> {
    try {
      return new EnvFile(path, (await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return new EnvFile(path, '');
      throw new ConfigError(`${path} cannot be read (${code}).`, { cause: error });
    }
  }

  /** Undefined where there is no value, or an empty one. */
  get(name: string): string | undefined {
    const value = this.#values[name]?.trim();
    return value === '' ? undefined : value;
  }

  with(values: Readonly<Record<string, string>>): EnvFile {
    let text = this.#text;
    for (const [name, value] of Object.entries(values)) {
      const line = `${name}=${quoted(value)}`;
      const setting = settingOf(name);
      if (setting.test(text)) text = text.replace(setting, () => line);
      else text += `${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`;
    }
    return new EnvFile(this.path, text);
  }

  /** Only this account can read it: it holds secrets. */
  async write(): Promise<void> {
    try {
      await writeFile(this.path, this.#text, { mode: 0o600 });
      // The mode above is for a new file only.
      await chmod(this.path, 0o600);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new ConfigError(`${this.path} cannot be written (${code}).`, { cause: error });
    }
  }
}
