import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../index.js';
import { staticNames } from '../static-files.js';

/** The sandbox for its API alone: its half for browsers need not be built. */
export async function startModelSandbox(options: SandboxOptions): Promise<Sandbox> {
  const publicFolder = await mkdtemp(join(tmpdir(), 'taskpilot-sandbox-'));
  await Promise.all(staticNames.map((name) => writeFile(join(publicFolder, name), '')));
  return startSandbox({ ...options, publicFolder });
}
