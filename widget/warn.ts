const warned = new Set<string>();

/** One line on the developer's console for a mistake that the chat works without; repetitions are left out. */
export function warnOnce(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  console.warn(`[taskpilot-chat] ${message}`);
}
