/** What one check has found. No text contains a secret. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** `note`: nothing is broken, but an operator may want to know, or it could not be checked. */
  readonly status: 'ok' | 'failed' | 'note';
  readonly text: string;
  /** What to do. */
  readonly remedy?: string;
}

/** Makes the findings of one check. */
export const findingsOf = (check: string) => ({
  ok: (text: string): Finding => ({ check, status: 'ok', text }),
  failed: (text: string, remedy: string): Finding => ({ check, status: 'failed', text, remedy }),
  note: (text: string, remedy?: string): Finding => ({
    check,
    status: 'note',
    text,
    ...(remedy !== undefined && { remedy }),
  }),
});
