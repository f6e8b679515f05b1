/** One request, and its answer. */
export interface Step {
  readonly title?: string;
  /** What the reference answers, where that differs. */
  readonly expectReference?: object;
  /** Why it differs. */
  readonly deviation?: string;
}

/** A script: requests, and what must come back. README.md describes the format. */
export interface Script {
  readonly name: string;
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface RunOptions {
  readonly url: string;
  /** The headers by which the server knows a user; `x-conformance-user` without it. */
  readonly headersFor?: (
    user: string,
    unique: string,
  ) => Record<string, string> | Promise<Record<string, string>>;
  /** Expects what the reference does, where that differs. */
  readonly reference?: boolean;
}

export const userHeader: string;
export function loadScripts(files?: readonly string[]): Promise<readonly Script[]>;
export function runScript(script: Script, options: RunOptions): Promise<string | null>;
export function runScripts(
  scripts: readonly Script[],
  options: RunOptions,
  say?: (line: string) => void,
): Promise<number>;
