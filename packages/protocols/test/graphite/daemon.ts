import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

/** A folder for the length of one test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-graphite-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** A program that runs for the length of one test. */
export interface Daemon {
  /** What it says where it ends before. */
  readonly failed: Promise<never>
  /** Ends it now, without a chance to do anything. */
  readonly kill: () => Promise<void>
}

/** Starts a program that runs for the length of one test. */
export function startDaemon(program: string, words: readonly string[]): Daemon {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const said: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => said.push(chunk))
  const ended = once(child, 'close')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  const failed = ended.then(() => {
    throw new Error(`${program} ended: ${Buffer.concat(said).toString()}`)
  })
  failed.catch(() => undefined)
  return { failed, kill }
}

/** A connection to a daemon, once it listens. */
export async function dialDaemon(
  port: number,
  { failed }: { readonly failed: Promise<never> },
): Promise<Socket> {
  const dialled = async (): Promise<Socket> => {
    for (;;) {
      const socket = connect(port, '127.0.0.1')
      const isOpen = await once(socket, 'connect').then(
        () => true,
        () => false,
      )
      if (isOpen) return socket
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return Promise.race([dialled(), failed])
}
