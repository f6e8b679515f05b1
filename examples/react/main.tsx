/**
 * OpenAI's React binding on our sessions. `chatKitApi` asks the session endpoint what kind of session it
 * gives, so this component stays as it is when the operator moves to a self-hosted ChatKit server.
 */
import { ChatKit, useChatKit } from '@openai/chatkit-react';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { chatKitApi, SessionClient, TaskPilotChatError } from 'taskpilot-chat/session';

type ChatKitApi = Awaited<ReturnType<typeof chatKitApi>>;
type Start =
  | { state: 'loading' }
  | { state: 'ready'; api: ChatKitApi }
  | { state: 'error'; retryable: boolean };

/** How long ChatKit's script may take, in milliseconds. `whenDefined` alone would wait for ever. */
const scriptTimeout = 15_000;

/** Resolves when ChatKit's script has registered its element. */
async function chatKitDefined(signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(scriptTimeout)]);
  const ended = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => {
      reject(new Error('The script of ChatKit did not load', { cause: limit.reason }));
    });
  });
  await Promise.race([customElements.whenDefined('openai-chatkit'), ended]);
}

function App({ client }: { client: SessionClient }) {
  const [start, setStart] = useState<Start>({ state: 'loading' });
  const [attempt, setAttempt] = useState(1);

  useEffect(() => {
    const ending = new AbortController();
    const startAnew = () => {
      if (ending.signal.aborted) return;
      setStart({ state: 'loading' });
      setAttempt(attempt + 1);
    };
    // When the operator moves to another backend, ChatKit needs a new element: it begins anew.
    const api = chatKitApi(client, { onBackendChange: startAnew });
    Promise.all([api, chatKitDefined(ending.signal)]).then(
      ([api]) => {
        if (!ending.signal.aborted) setStart({ state: 'ready', api });
      },
      (error: unknown) => {
        if (ending.signal.aborted) return;
        console.warn('The chat could not start:', error);
        setStart({
          state: 'error',
          retryable: !(error instanceof TaskPilotChatError) || error.retryable,
        });
      },
    );
    return () => ending.abort();
  }, [client, attempt]);

  if (start.state === 'ready') return <Chat api={start.api} />;
  if (start.state === 'loading') return <p role="status">The chat is loading…</p>;
  return (
    <div role="alert">
      <p>The chat is not available right now.</p>
      {start.retryable && (
        <button
          type="button"
          onClick={() => {
            setStart({ state: 'loading' });
            setAttempt(attempt + 1);
          }}
        >
          Try again
        </button>
      )}
    </div>
  );
}

function Chat({ api }: { api: ChatKitApi }) {
  const { control } = useChatKit({
    api,
    frameTitle: 'TaskPilot assistant',
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    startScreen: { greeting: 'What are we getting done today?' },
  });
  return <ChatKit control={control} />;
}

const root = document.querySelector<HTMLElement>('#root');
if (!root) throw new Error('The page has no element with the id "root"');
const endpoint = root.dataset['sessionEndpoint'] ?? '/api/chatkit/sessions';
createRoot(root).render(<App client={new SessionClient({ endpoint })} />);
