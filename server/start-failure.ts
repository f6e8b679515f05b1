const startFailures: Readonly<Record<string, string>> = {
  EADDRINUSE: 'PORT is taken by another program: choose another one.',
  EACCES: 'PORT may not be used by this account: choose one above 1023.',
  EADDRNOTAVAIL: 'HOST takes an address of this machine, such as :: or 0.0.0.0.',
  EAFNOSUPPORT: 'HOST takes an address of this machine: without IPv6, 0.0.0.0.',
  ENOTFOUND: 'HOST takes an address of this machine, such as :: or 0.0.0.0.',
};

/** What has failed at the start, for the operator: a line, or one for each wrong variable. */
export function startFailure(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return startFailures[code] ?? message;
}

/** The lines of a failure, as the programs print them. */
export const failureLines = (message: string): string =>
  `taskpilot-chat: ${message.replaceAll('\n', '\ntaskpilot-chat: ')}`;
