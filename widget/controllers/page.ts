/** Where the panel takes the whole screen, as on a phone. */
const small = '(max-width: 480px), (max-height: 400px)';

export const isSmall = (): boolean => matchMedia(small).matches;

/** Listens, and gives back what ends that. */
export function listen<Type extends string>(
  target: EventTarget | null,
  type: Type,
  listener: (event: Type extends keyof WindowEventMap ? WindowEventMap[Type] : Event) => void,
): () => void {
  target?.addEventListener(type, listener as EventListener);
  return () => target?.removeEventListener(type, listener as EventListener);
}

/** Hears of all that changes the widget's look from outside; gives back what ends that. */
export function watchPage(onChange: () => void): (() => void)[] {
  // A page's own theme or language switch shows in attributes of its root or body.
  const observer = new MutationObserver(onChange);
  for (const root of [document.documentElement, document.body as HTMLElement | null]) {
    if (root) observer.observe(root, { attributes: true });
  }
  return [
    () => observer.disconnect(),
    listen(matchMedia('(prefers-color-scheme: dark)'), 'change', onChange),
    listen(matchMedia(small), 'change', onChange),
    // The on-screen keyboard of a phone takes a part of the viewport, and may scroll it.
    listen(visualViewport, 'resize', onChange),
    listen(visualViewport, 'scroll', onChange),
    // Style sheets that came later than the widget.
    listen(window, 'load', onChange),
  ];
}
