/**
 * Runs the scripts of this folder against a server that speaks the ChatKit protocol and answers with the
 * scripted responder of README.md.
 *
 *     node e2e/conformance/run.js http://127.0.0.1:8000/chatkit [--reference] [--headers users.json] [file …]
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { argv, stdout } from 'node:process';
import { fileURLToPath } from 'node:url';
import { Bindings } from './bindings.js';
import { readEvents } from './read-events.js';

const stepTimeoutMs = 10_000;
const pauseMs = 50;
const folder = fileURLToPath(new URL('scripts', import.meta.url));

/** How a user is known when nothing else is said. */
export const userHeader = 'x-conformance-user';

/** The scripts, each by its path below `scripts/`, or those of the files. */
export async function loadScripts(files) {
  const paths =
    files ??
    (await readdir(folder, { recursive: true }))
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(folder, name));
  return Promise.all(
    paths.map(async (path) => ({
      name: relative(folder, path)
        .replaceAll('\\', '/')
        .replace(/\.json$/, ''),
      ...JSON.parse(await readFile(path, 'utf8')),
    })),
  );
}

/** The request of a step: of the protocol, or a file that is uploaded. */
function requestOf(url, step, bindings) {
  const { upload, direct } = step;
  if (upload) {
    const { to, method, headers, text } = bindings.fill(upload);
    return { to, method, headers, body: text };
  }
  if (direct) {
    const body = new FormData();
    body.set('file', new Blob([direct.text], { type: direct.mime_type }), direct.name);
    return { to: `${url}/attachments`, method: 'POST', headers: {}, body };
  }
  const body = step.body ?? JSON.stringify(bindings.fill(step.request));
  const headers = { 'content-type': 'application/json', ...step.headers };
  return { to: url, method: 'POST', headers, body };
}

/** The events up to the end, to those that are wanted, or to where the stream breaks off. */
async function collect(stream, wanted, signal) {
  const events = [];
  try {
    for await (const event of readEvents(stream)) {
      events.push(event);
      if (events.length === wanted) break;
    }
    return { events };
  } catch (error) {
    if (signal.aborted) throw error;
    return { events, broken: true };
  }
}

async function send(url, step, bindings, headers) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('No end in time.')), stepTimeoutMs);
  const { signal } = controller;
  try {
    const { to, ...request } = requestOf(url, step, bindings);
    const all = { ...request.headers, ...headers };
    const response = await fetch(to, { ...request, headers: all, signal });
    const type = response.headers.get('content-type') ?? '';
    if (!type.startsWith('text/event-stream')) {
      const text = await response.text();
      return { status: response.status, json: text === '' ? null : JSON.parse(text) };
    }
    const collected = await collect(response.body, step.stopAfter, signal);
    return { status: response.status, ...collected };
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/** @throws when the answer is not the expected one */
function check(answer, expected, bindings) {
  const { status = 200, error = false, broken = false, ...body } = expected;
  const shown = JSON.stringify(answer);
  if (answer.status !== status) throw new Error(`status ${answer.status}, not ${status}: ${shown}`);
  if ((answer.broken ?? false) !== broken) {
    throw new Error(`${broken ? 'not ' : ''}broken off: ${shown}`);
  }
  if (error) {
    const message = answer.json?.message;
    if (typeof message !== 'string' || message === '') throw new Error(`no message in ${shown}`);
    return;
  }
  for (const kind of ['json', 'events']) {
    if (kind in body !== kind in answer) throw new Error(`not the expected kind: ${shown}`);
  }
  if ('json' in body) bindings.match(answer.json, body.json, 'json');
  if ('events' in body) bindings.match(answer.events, body.events, 'events');
}

async function runStep(step, bindings, options) {
  const expected = (options.reference ? step.expectReference : undefined) ?? step.expect;
  const deadline = Date.now() + (step.eventually ? stepTimeoutMs : 0);
  for (;;) {
    const attempt = bindings.copy();
    const answer = await send(
      options.url,
      step,
      attempt,
      await options.headersOf(step.as ?? 'alice'),
    );
    try {
      check(answer, expected, attempt);
      bindings.take(attempt);
      return;
    } catch (error) {
      if (Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** Runs one script; null when it passes, else what went wrong, and in which step. */
export async function runScript(script, { url, headersFor, reference = false }) {
  const run = randomUUID().slice(0, 8);
  const of = headersFor ?? ((_user, unique) => ({ [userHeader]: unique }));
  const bindings = new Bindings();
  for (const [index, step] of script.steps.entries()) {
    try {
      // Of each user there is a new one for each script, so that scripts do not see each other's threads.
      await runStep(step, bindings, {
        url: script.bare ? `${url}/bare` : url,
        reference,
        headersOf: (user) => of(user, `${user}-${run}`),
      });
    } catch (error) {
      const name = step.title ?? step.request?.type ?? 'raw body or file';
      return `step ${index + 1} (${name}): ${error.message}`;
    }
  }
  return null;
}

/** Runs all scripts, says a line for each, and returns how many failed. */
export async function runScripts(scripts, options, say = (line) => stdout.write(`${line}\n`)) {
  let failed = 0;
  for (const script of scripts) {
    const problem = await runScript(script, options);
    if (problem !== null) failed += 1;
    say(problem === null ? `ok    ${script.name}` : `FAIL  ${script.name}: ${problem}`);
  }
  if (scripts.length === 0) throw new Error('There are no scripts.');
  say(`${scripts.length - failed} passed, ${failed} failed`);
  return failed;
}

async function main([url, ...rest]) {
  const files = [];
  const options = { url };
  while (rest.length > 0) {
    const argument = rest.shift();
    if (argument === '--reference') options.reference = true;
    else if (argument === '--headers') {
      const users = JSON.parse(await readFile(rest.shift(), 'utf8'));
      options.headersFor = (user) => users[user];
    } else files.push(argument);
  }
  const scripts = await loadScripts(files.length > 0 ? files : undefined);
  return (await runScripts(scripts, options)) === 0 ? 0 : 1;
}

if (argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(argv.slice(2));
