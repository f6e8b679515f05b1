import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';

/** Registers the cleanup of a server, such as `onTestFinished`. */
export type OnEnd = (end: () => Promise<void>) => void;

/** A port of 127.0.0.1 that was free a moment ago: most servers cannot be asked which one they took. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A folder that is removed at the end. */
export async function temporaryFolder(onEnd: OnEnd): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taskpilot-'));
  onEnd(() => rm(folder, { recursive: true }));
  return folder;
}

export interface ServerOptions {
  readonly port: number;
  /** Its home; some programs keep their state there. */
  readonly folder: string;
  readonly onEnd: OnEnd;
  /** The account that runs it; this one by default. */
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Runs a program until the end, and waits until it listens. */
export async function runServer(
  command: string,
  args: readonly string[],
  { port, folder, onEnd, account }: ServerOptions,
): Promise<void> {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...account,
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.once('error', (error) => (output += error.message));
  onEnd(async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    child.kill();
    await once(child, 'close');
  });
  await vi.waitFor(async () => {
    if (child.exitCode !== null) throw new Error(output);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  }, 10_000);
}
