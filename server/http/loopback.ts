/** The origin of every page on its visitor's own machine; `*.localhost` is that machine, too (RFC 6761). */
export const loopbackOrigin =
  /^https?:\/\/(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/;

/**
 * Whether a URL leads to the machine itself. A text that is no URL does not.
 *
 * @example
 * isLoopback('http://shop.localhost:3000/cart'); // true
 */
export const isLoopback = (url: string): boolean =>
  URL.canParse(url) && loopbackOrigin.test(new URL(url).origin);
