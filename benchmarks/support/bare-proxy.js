/** The floor: a bare `node:http` server that asks upstream for a session and hands on three fields. */
import { Agent, createServer, request as ask } from 'node:http';

const upstream = new URL(`${process.env['OPENAI_BASE_URL']}/chatkit/sessions`);
const agent = new Agent({ keepAlive: true, maxSockets: 128 });
const body = JSON.stringify({ user: 'somebody', workflow: { id: 'wf_benchmark' } });

function collect(stream, done) {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (part) => (text += part));
  stream.on('end', () => done(text));
}

const server = createServer((request, response) => {
  collect(request, () => {
    const call = ask(
      upstream,
      {
        agent,
        method: 'POST',
        headers: {
          authorization: 'Bearer sk-benchmark',
          'openai-beta': 'chatkit_beta=v1',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) =>
        collect(answer, (text) => {
          const { id, client_secret, expires_at } = JSON.parse(text);
          response.writeHead(200, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ client_secret, session_id: id, expires_at }));
        }),
    );
    call.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${server.address().port}`);
});
