/**
 * Runs the conformance scripts against OpenAI's own server for ChatKit, in Python. It is made in a virtual
 * environment, once: this wants Python 3.10 or later and PyPI. CONFORMANCE_PYTHON names an interpreter that
 * has `openai-chatkit`, `fastapi` and `uvicorn` already. `--write` takes over the vocabulary of another version.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { loadScripts, runScripts } from '../e2e/conformance/run.js';
import { vocabularyOf } from '../e2e/conformance/vocabulary.js';
import { root, run } from './run.js';

const packages = ['openai-chatkit==1.6.5', 'fastapi', 'uvicorn'];
const startTimeoutMs = 120_000;

/** An interpreter that has all packages. */
async function findPython() {
  const given = process.env['CONFORMANCE_PYTHON'];
  if (given) return given;
  const folder = join(root, '.venv-conformance');
  const windows = process.platform === 'win32';
  const python = join(folder, windows ? 'Scripts/python.exe' : 'bin/python');
  const complete = join(folder, 'complete');
  if (!existsSync(complete)) {
    await run(process.env['PYTHON'] ?? (windows ? 'python' : 'python3'), ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
    await run(python, ['-c', `open(${JSON.stringify(complete)}, "w").close()`]);
  }
  return python;
}

/** Compares the reference's vocabulary with the stored one, which a test compares with ours; true when they are equal. */
async function checkVocabulary(python) {
  const schemas = ['-W', 'ignore', 'e2e/conformance/reference/schemas.py'];
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)(python, schemas, options);
  const { version, schemas: found } = JSON.parse(stdout);
  const file = join(root, 'e2e/conformance/reference/vocabulary.txt');
  const vocabulary = vocabularyOf(found);
  if (process.argv.includes('--write')) await writeFile(file, `${vocabulary.join('\n')}\n`);
  const stored = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const added = vocabulary.filter((line) => !stored.includes(line)).map((line) => `+ ${line}`);
  const removed = stored.filter((line) => !vocabulary.includes(line)).map((line) => `- ${line}`);
  const differences = [...added, ...removed];
  for (const line of differences) console.error(line);
  console.log(
    `openai-chatkit ${version}: ${vocabulary.length} words, ${differences.length} differ`,
  );
  return differences.length === 0;
}

/** The address that the server prints when it listens. */
async function addressOf(child) {
  const timer = setTimeout(() => child.kill(), startTimeoutMs);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('http://')) return line;
    }
    throw new Error('The reference did not start.');
  } finally {
    clearTimeout(timer);
  }
}

const python = await findPython();
const isKnown = await checkVocabulary(python);
const child = spawn(python, ['-W', 'ignore', 'e2e/conformance/reference/server.py'], {
  cwd: root,
  // What it logs of failures that the scripts provoke is no news.
  stdio: ['ignore', 'pipe', process.env['CONFORMANCE_LOG'] ? 'inherit' : 'ignore'],
});
child.once('error', (error) => console.error(`${python}: ${error.message}`));
try {
  const url = await addressOf(child);
  const failed = await runScripts(await loadScripts(), { url, reference: true });
  process.exitCode = isKnown && failed === 0 ? 0 : 1;
} finally {
  child.kill();
}
