/** The nonce of the script tag that brought the widget, for the script that the widget brings. */
let nonce: string | undefined;

export const getScriptNonce = (): string | undefined => nonce;

export function setScriptNonce(value: string | undefined): void {
  if (value) nonce = value;
}
