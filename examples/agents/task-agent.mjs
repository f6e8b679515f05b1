// An agent with two tools: AGENT_MODULE=examples/agents/task-agent.mjs
import { Agent, tool } from '@openai/agents';
import { clientTool } from '@taskpilot-chat/server';

/** Runs on the server. The visitor sees the step “Days until”; the model gets the result. */
const daysUntil = tool({
  name: 'days_until',
  description: 'Tells how many days are left until a date.',
  parameters: {
    type: 'object',
    properties: { date: { type: 'string', description: 'As 2026-11-30.' } },
    required: ['date'],
    additionalProperties: false,
  },
  execute: ({ date }, run) => {
    run?.context.emit({ type: 'progress_update', text: 'Counting the days' });
    const days = Math.ceil((Date.parse(date) - Date.now()) / 86_400_000);
    return Number.isNaN(days) ? 'That is no date.' : `${days} days`;
  },
});

/** Runs in the visitor's page, in ChatKit's `onClientTool`. */
const addTask = clientTool({
  name: 'add_task',
  description: 'Adds a task to the board that the user is looking at.',
  parameters: {
    type: 'object',
    properties: { title: { type: 'string' } },
    required: ['title'],
    additionalProperties: false,
  },
});

export default new Agent({
  name: 'Task assistant',
  instructions: 'You help people to plan their work. Use the tools; never guess a date.',
  model: 'gpt-5.4-mini',
  tools: [daysUntil, addTask],
});
