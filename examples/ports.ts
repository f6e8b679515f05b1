/** Ports that are tried after the first one. */
const others = 9;

/**
 * Listens on the first port that is free: the usual one, so that an address from yesterday still works, else one of the
 * next.
 *
 * @param listen rejects with `EADDRINUSE` when the port is taken
 * @throws {Error} `EADDRINUSE` when all are taken
 */
export async function listenFrom<T>(
  first: number,
  listen: (port: number) => Promise<T>,
): Promise<T> {
  for (let port = first; ; port++) {
    try {
      return await listen(port);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!isTaken || port === first + others) throw error;
    }
  }
}
