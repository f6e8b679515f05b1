import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** The key that services under test use; no answer and no log line may contain it. */
export const apiKey = 'sk-test-0f3c-must-not-leak';
/** Begins every sentence that the fake OpenAI says of itself; no answer may contain it, for the log alone has causes. */
export const ownWords = 'OpenAI speaking:';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed; undefined when there is none. */
  readonly body: unknown;
}

/** What OpenAI does with a call. */
export type Behaviour = (response: ServerResponse, call: Call, index: number) => void;

function send(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

const session = (call: Call, index: number) => ({
  id: `cksess_${index}`,
  object: 'chatkit.session',
  client_secret: `ek_${index}_of_${String((call.body as { user?: unknown } | undefined)?.user)}`,
  expires_at: Math.floor(Date.now() / 1000) + 600,
  status: 'active',
});

/** A session as it should be, with `changes`. */
export const ok =
  (changes: object = {}): Behaviour =>
  (response, call, index) =>
    send(response, 200, { ...session(call, index), ...changes });

/** A refusal in OpenAI's envelope, as talkative about key and workflow as the real one. */
export const failing =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (response, call) => {
    const message = `${ownWords} ${String(call.headers.authorization)} ${JSON.stringify(call.body)}`;
    send(response, status, { error: { message, type: 'error', code: null, param: null } }, headers);
  };

/** Something else than what was asked for, with status 200. */
export const answering =
  (body: string, contentType = 'application/json'): Behaviour =>
  (response) => {
    response.writeHead(200, { 'content-type': contentType }).end(body);
  };

export const hanging: Behaviour = () => undefined;

export const hangingInBody: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":"cksess_');
};

export const resetting: Behaviour = (response) => response.socket?.resetAndDestroy();

export const breakingOff: Behaviour = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"id":"cksess_', () => response.destroy());
};

/** Writes for as long as somebody reads. */
export const endless: Behaviour = (response) => {
  const chunk = Buffer.alloc(65_536, ' ');
  response.writeHead(200, { 'content-type': 'application/json' });
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', write);
  write();
};

export interface FakeOpenAI {
  readonly baseUrl: string;
  readonly calls: readonly Call[];
  /** How many calls were given up by the caller before they had their whole answer. */
  readonly givenUp: number;
  /** One behaviour for each of the next calls; the last one stays. */
  behave(...steps: readonly [Behaviour, ...Behaviour[]]): void;
  close(): Promise<void>;
}

/** Stands in for OpenAI's sessions API over real sockets, and does as it is told. */
export async function startFakeOpenAI(): Promise<FakeOpenAI> {
  const calls: Call[] = [];
  let steps: Behaviour[] = [ok()];
  let givenUp = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const call: Call = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: body === '' ? undefined : JSON.parse(body),
    };
    const step = (steps.length > 1 ? steps.shift() : steps[0]) ?? ok();
    response.once('close', () => {
      if (!response.writableFinished) givenUp++;
    });
    step(response, call, calls.push(call));
  };
  const server = createServer((request, response) => {
    // A caller that goes away while it is still writing.
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    calls,
    get givenUp() {
      return givenUp;
    },
    behave(...next) {
      steps = [...next];
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
