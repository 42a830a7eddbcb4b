import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { needProgram } from '../../programs.ts'

it('believes nothing of a host that vanished without a word, though the system takes what is written to it', (context) => {
  needProgram(context, 'unshare', 'util-linux')
  needProgram(context, 'ip', 'iproute2')
  const child = fileURLToPath(new URL('half-open-child.ts', import.meta.url))
  // Who is not root gets rights in a namespace of users.
  const rights = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const words = [...rights, '--net', process.execPath, '--import', 'tsx', child]
  const { stdout, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: 60_000 })
  expect(stderr).toBe('')
  expect(stdout.trim().split('\n')).toEqual([
    'delivered',
    'acknowledged before',
    expect.stringMatching(
      /^failed Graphite at 127\.0\.0\.1:\d+: its system has not acknowledged what was sent for 3000 ms$/,
    ),
  ])
})
