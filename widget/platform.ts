const needed = ['BroadcastChannel', 'CSS', 'IntersectionObserver', 'matchMedia', 'visualViewport'];

/**
 * False in simulated documents, such as jsdom and happy-dom in unit tests, and in browsers from before 2024: the element
 * is there and can be opened and closed, but starts nothing.
 */
export const isSupported =
  needed.every((name) => name in globalThis) &&
  'adoptedStyleSheets' in Document.prototype &&
  'withResolvers' in Promise;

/** Whether a media query matches. */
export const matchesMedia = (query: string): boolean => isSupported && matchMedia(query).matches;
