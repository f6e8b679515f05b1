import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Task, Workflow } from '../wire.js';

/** What a task without a title is called, by its type. */
const names: Readonly<Partial<Record<string, string>>> = {
  custom: 'Step',
  web_search: 'Searching the web',
  thought: 'Thinking',
  file: 'Reading files',
  image: 'Looking at an image',
};

export function taskView(task: Task): TemplateResult {
  const details = [
    task.content,
    task.queries?.join(', '),
    ...(task.sources ?? []).map(({ title }) => title),
  ];
  return html`<div class="step ${task.status_indicator ?? 'none'}">
    <span>${task.title ?? names[task.type] ?? 'Step'}</span>
    ${details.map((detail) => (detail ? html`<p class="muted">${detail}</p>` : nothing))}
  </div>`;
}

function summaryOf({ summary, tasks, type }: Workflow): string {
  if (summary && 'title' in summary) return summary.title;
  if (summary) return `Worked for ${summary.duration} s`;
  return tasks.at(-1)?.title ?? (type === 'reasoning' ? 'Thinking' : 'Working');
}

export function workflow(flow: Workflow): TemplateResult {
  return html`<details class="workflow" ?open=${flow.expanded === true}>
    <summary>${summaryOf(flow)}</summary>
    ${flow.tasks.map(taskView)}
  </details>`;
}
