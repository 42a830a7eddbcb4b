import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { findTools, linesToPaste } from '../banner.ts'
import type { Tools } from '../banner.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'observatory-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const bare: Tools = { netcat: undefined, bash: false, curl: false }
const addresses = {
  url: 'http://127.0.0.1:8080',
  host: '127.0.0.1',
  statsdPort: 8125,
  graphitePort: 2003,
  trapPath: '/module/httptrap/secret',
}

describe('the lines to paste', () => {
  it.each([
    [{ ...bare, netcat: 'nc', bash: true }, ['| nc -u -w1 127.0.0.1 8125', '| nc -w1 127.0.0.1 2003']],
    [{ ...bare, netcat: 'ncat' }, ['| nc -u --send-only 127.0.0.1 8125', '| nc --send-only 127.0.0.1 2003']],
    [{ ...bare, bash: true }, ["> /dev/udp/127.0.0.1/8125'", "> /dev/tcp/127.0.0.1/2003'"]],
    [bare, ["node -e \"const s = require('dgram')", "node -e \"const s = require('net')"]],
  ] as const)('use what %j has', (tools, [queue, orders]) => {
    const [first, second] = linesToPaste(addresses, tools)
    expect(first).toContain(queue)
    expect(second).toContain(orders)
  })

  it.each([
    [{ ...bare, curl: true }, 'curl -d '],
    [bare, 'node -e "fetch('],
  ] as const)('post with what %j has', (tools, begin) => {
    const [, , post] = linesToPaste(addresses, tools)
    expect(post?.startsWith(begin), post).toBe(true)
    expect(post).toContain('http://127.0.0.1:8080/module/httptrap/secret')
  })
})

describe('the tools of a machine', () => {
  /** A folder of programs; one with a `->` is a link to another. */
  async function folderOf(...names: readonly string[]): Promise<string> {
    const path = await mkdtemp(join(folder, 'bin-'))
    for (const name of names) {
      const [link = '', target] = name.split('->')
      await writeFile(join(path, target ?? link), '')
      await chmod(join(path, target ?? link), 0o755)
      if (target !== undefined) await symlink(join(path, target), join(path, link))
    }
    return path
  }

  it.each([
    [['nc', 'bash', 'curl'], { netcat: 'nc', bash: true, curl: true }],
    [['nc->nc.openbsd'], { ...bare, netcat: 'nc' }],
    [['nc->nc.traditional'], { ...bare, netcat: 'nc' }],
    [['nc->ncat'], { ...bare, netcat: 'ncat' }],
    [['nc->busybox', 'curl'], { ...bare, curl: true }],
    [[], bare],
  ])('are found in a PATH with %j', async (names, tools) => {
    expect(findTools({ PATH: `/nowhere::${await folderOf(...names)}` }, 'linux')).toEqual(tools)
  })

  it('are no folders and no files that cannot be run, and none where there is no PATH', async () => {
    const path = await mkdtemp(join(folder, 'bin-'))
    await mkdir(join(path, 'nc'))
    await writeFile(join(path, 'curl'), '', { mode: 0o644 })
    expect(findTools({ PATH: path }, 'linux')).toEqual(bare)
    expect(findTools({}, 'linux')).toEqual(bare)
  })

  it('are none but Node on Windows, whose shells quote otherwise', async () => {
    expect(findTools({ PATH: await folderOf('nc', 'curl') }, 'win32')).toEqual(bare)
  })
})
