/** The texts of the scripted assistant that do not depend on tasks, in Markdown. */
export const sorry = 'I am a scripted stand-in, not a language model, and not OpenAI.';
export const help = `${sorry} I understand a few things about tasks:

- **Plan**: *plan my day*
- **Add** a task: *add call the printer*
- **List** them: *what is on my list?*
- **Move** one: *move call the printer to in progress*
- **Finish** one: *done with call the printer*
- **Remove** one: *remove call the printer*`;

export const code = `The widget is one line:

\`\`\`html
<script src="/taskpilot-chat.js" async data-session-endpoint="/api/chatkit/sessions"></script>
\`\`\``;

/** Long enough to stop and to scroll. */
export const long = `${sorry} Here is what happens between your message and this answer.

### In the page

1. The bubble opens, and ChatKit's script and a session are fetched at the same time.
2. The session comes from the service behind the page. It holds the API key, which the page never sees; what
   the page gets is a client secret that lives for ten minutes.
3. ChatKit's frame starts, asks the page for that secret, and shows the place where you write.

### In the frame

Your message goes to the chat's server in one request. The answer comes back as a stream of small events: one
says that a message begins, each of the next ones brings a word or two, and the last one says that it is
complete. You can stop it at any time, and what has been said by then stays.

### When something fails

> A failure is one sentence for you, and one line with a code for the developer.

A secret that has ended is renewed without your noticing. An answer that was cut off can be asked for again.
And when the page is loaded anew, the conversation is still there.`;
