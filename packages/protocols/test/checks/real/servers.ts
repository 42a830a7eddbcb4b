import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

import { onTestFinished } from 'vitest'

/** A folder for the length of one test, which servers under a user of their own may enter. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-check-'))
  chmodSync(folder, 0o755)
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A server of Debian that runs for the length of one test, in a process group of its own. */
export interface RealServer {
  /** Stops all of its processes where they are, so that it takes connections and says nothing. */
  readonly hang: () => void
  /** Lets them go on. */
  readonly goOn: () => void
  /** Ends it now: its port refuses. */
  readonly kill: () => Promise<void>
  /** What it has said so far. */
  readonly said: () => string
}

/** How a server is started. */
export interface RealServerOptions {
  /** Known to be up by this port of TCP, or by all of these. */
  readonly port?: number | readonly number[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a server in the foreground, and waits until its port answers. Fails with what it said where it ends before. */
export async function startServer(
  program: string,
  words: readonly string[],
  { port, cwd, env = {} }: RealServerOptions = {},
): Promise<RealServer> {
  const child = spawn(program, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    cwd,
    env: { ...process.env, LC_ALL: 'C', ...env },
  })
  const ports = port === undefined ? [] : [port].flat()
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const ended = once(child, 'close')
  const signalGroup = (name: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, name)
    } catch {
      // All of them have ended.
    }
  }
  const kill = async (): Promise<void> => {
    if (child.pid !== undefined) signalGroup('SIGKILL')
    await ended.catch(() => undefined)
    // Of several processes, one that has said all may still hold its port.
    for (const held of ports) await refuses(held)
  }
  onTestFinished(kill)
  const text = (): string => Buffer.concat(said).toString()
  const failed = ended.then(() => {
    throw new Error(`${program} ended: ${text()}`)
  })
  failed.catch(() => undefined)
  for (const awaited of ports) await Promise.race([answers(awaited), failed])
  return { hang: () => signalGroup('SIGSTOP'), goOn: () => signalGroup('SIGCONT'), kill, said: text }
}

/** Waits until somebody listens at a port. */
export async function answers(port: number): Promise<void> {
  while (!(await isOpen(port))) await wait(20)
}

async function refuses(port: number): Promise<void> {
  while (await isOpen(port)) await wait(20)
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
