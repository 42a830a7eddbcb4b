import { execFileSync, spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'
import { onTestFinished } from 'vitest'

import { temporaryFolder } from './processes.ts'

const required = process.env['TOCSIN_REQUIRE_PEERS'] === '1'
const userFlags = process.getuid?.() === 0 ? [] : ['--map-root-user']

/** Skips the test where this process may not make namespaces. */
export function needNamespaces(context: TestContext): void {
  const { status } = spawnSync('unshare', [...userFlags, '-n', '-p', '-f', 'true'])
  if (status !== 0) {
    skip(context, 'unshare (util-linux) may not make namespaces here; run as root or allow user namespaces')
  }
}

/** Runs a command that sees no socket of others. */
export const inNetworkNamespace: readonly string[] = ['unshare', ...userFlags, '-n']

/** Runs a command that sees neither sockets nor processes of others, as in a container. */
export const inPidNamespace: readonly string[] = [...inNetworkNamespace, '-p', '-f', '--kill-child']

/** A small file system of its own, which goes when the test is over; skips the test where this process may not mount one. */
export async function smallFileSystem(context: TestContext, options: string): Promise<string> {
  const folder = await temporaryFolder()
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tocsin-test', folder])
  if (status !== 0) skip(context, 'mount may not make a tmpfs here; run as root')
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
  })
  return folder
}

function skip(context: TestContext, reason: string): void {
  if (required) throw new Error(`TOCSIN_REQUIRE_PEERS is set, but ${reason}`)
  context.skip(reason)
}
