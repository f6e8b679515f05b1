import { describe, expect, it } from 'vitest';
import { strip } from './strip.js';

const scenarios = [
  { name: 'ok', description: 'All goes well' },
  { name: 'slow', description: 'Everything takes seconds' },
];
const content = {
  scenarios,
  askedScenario: null,
  configured: ['hosted', 'self-hosted'],
  askedBackend: null,
  origin: 'http://localhost:3000',
  chatkitSrc: 'http://localhost:4000/deployments/chatkit/chatkit.js',
};

describe('strip', () => {
  it('says that the sandbox answers, and offers its scenarios', () => {
    const html = strip(content);
    expect(html).toContain('Local sandbox, not OpenAI');
    expect(html).toContain('<option value="ok" selected>All goes well</option>');
    expect(html).toContain('<option value="slow">Everything takes seconds</option>');
  });

  it('shows the scenario that was asked for', () => {
    const html = strip({ ...content, askedScenario: 'slow' });
    expect(html).toContain('selected>Everything takes seconds</option>');
    expect(html).toContain('<p class="chosen">Everything takes seconds <a href="/">');
  });

  it('says so when there is no such scenario, and lists those that there are', () => {
    const html = strip({ ...content, askedScenario: '<img src=x>' });
    expect(html).toContain('There is no scenario “&lt;img src=x&gt;”');
    expect(html).toContain('<code>ok</code>, <code>slow</code>');
    expect(html).not.toContain('<img');
  });

  it('names OpenAI, and no scenario, when OpenAI answers', () => {
    const html = strip({ ...content, scenarios: null, askedScenario: 'slow' });
    expect(html).toContain('>OpenAI<');
    expect(html).not.toContain('id="scenario"');
    expect(html).not.toContain('slow');
    expect(html).toContain('id="backend"');
  });

  it('offers both backends beside what is configured', () => {
    const html = strip(content);
    expect(html).toContain(' selected>As configured: OpenAI, then this service</option>');
    expect(html).toContain('>Only OpenAI’s hosted workflow</option>');
    const selfHosted = strip({ ...content, askedBackend: 'self-hosted' });
    expect(selfHosted).toContain(' selected>Only this service</option>');
    expect(selfHosted).toContain('Only this service answers.');
  });

  it('says so when there is no such backend', () => {
    const html = strip({ ...content, askedBackend: '<b>' });
    expect(html).toContain('There is no backend “&lt;b&gt;”');
    expect(html).toContain('<code>hosted</code>, <code>self-hosted</code>');
  });

  it('gives the line to paste, with the origin escaped', () => {
    expect(strip(content)).toContain(
      '&lt;script src=&quot;http://localhost:3000/taskpilot-chat.js&quot; async' +
        ' data-session-endpoint=&quot;http://localhost:3000/api/chatkit/sessions&quot;' +
        ' data-chatkit-src=&quot;http://localhost:4000/deployments/chatkit/chatkit.js&quot;' +
        ' data-credentials=&quot;include&quot;&gt;&lt;/script&gt;',
    );
    expect(strip({ ...content, chatkitSrc: null })).not.toContain('data-chatkit-src');
    expect(strip({ ...content, origin: 'http://"><b>' })).not.toContain('<b>');
  });
});
