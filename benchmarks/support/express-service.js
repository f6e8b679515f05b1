/** What a tutorial would write: Express 5 and the OpenAI SDK as they come. */
import { randomUUID } from 'node:crypto';
import express from 'express';
import OpenAI from 'openai';

const client = new OpenAI();
const app = express();
app.use(express.json());
app.post('/api/chatkit/sessions', async (_request, response) => {
  const session = await client.beta.chatkit.sessions.create({
    user: randomUUID(),
    workflow: { id: 'wf_benchmark' },
  });
  response.json({
    client_secret: session.client_secret,
    session_id: session.id,
    expires_at: session.expires_at,
  });
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${server.address().port}`);
});
