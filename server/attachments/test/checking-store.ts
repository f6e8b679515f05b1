import { createServer, request as send, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sign } from 'aws4';

export interface CheckingStore {
  /** Without a slash at the end. */
  readonly url: string;
  close(): void;
}

/**
 * Stands before s3rver, which does not compute signatures of version 4, and refuses what was signed otherwise, as S3 does:
 * every header that the URL says is signed counts as the client has sent it.
 */
export async function startCheckingStore(
  storePort: number,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Promise<CheckingStore> {
  const isSignedAsSent = ({ method, headers, url = '' }: IncomingMessage): boolean => {
    const { pathname, searchParams } = new URL(url, 'http://store');
    const signature = searchParams.get('X-Amz-Signature');
    const names = searchParams.get('X-Amz-SignedHeaders')?.split(';') ?? [];
    searchParams.delete('X-Amz-Signature');
    const signed = sign(
      {
        service: 's3',
        region: 'us-east-1',
        method: method ?? '',
        host: headers.host ?? '',
        path: `${pathname}?${searchParams.toString()}`,
        headers: Object.fromEntries(names.map((name) => [name, headers[name]])),
        signQuery: true,
      },
      credentials,
    );
    const expected = new URL(signed.path ?? '', 'http://store').searchParams;
    return signature !== null && expected.get('X-Amz-Signature') === signature;
  };
  const server = createServer((request, response) => {
    if (request.url?.includes('X-Amz-Signature') && !isSignedAsSent(request)) {
      request.resume();
      response.writeHead(403).end('SignatureDoesNotMatch');
      return;
    }
    const { url = '', method, headers } = request;
    const forwarded = send({ port: storePort, path: url, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.writeHead(502).end());
    request.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
