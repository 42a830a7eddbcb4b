import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { openNotifyStore } from '../../src/store.ts'
import { held, opens, total } from '../../src/testing/stored-changes.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'notify-owner-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('a folder has one owner: the second is refused and told who it is, and nothing of the first is lost', async () => {
  const path = join(folder, 'deep', 'alerts')
  const first = await openNotifyStore(path)
  await first.append(opens('a'))
  await expect(openNotifyStore(path)).rejects.toMatchObject({
    code: 'NOTIFY_STORE_LOCKED',
    retryable: false,
    facts: { directory: path, pid: process.pid },
  })
  await first.append(opens('b'))
  await first.close()
  const second = await openNotifyStore(path)
  expect(await held(second)).toEqual(total([...opens('a'), ...opens('b')]))
  await second.close()
})

it('an owner that lost its folder acknowledges nothing more', async () => {
  const store = await openNotifyStore(folder)
  await store.append(opens('a'))
  await rm(join(folder, 'LOCK'))
  for (const name of ['b', 'c']) {
    await expect(store.append(opens(name))).rejects.toMatchObject({
      code: 'NOTIFY_STORE_LOCKED',
      retryable: false,
    })
  }
  await store.close()
})

it('a folder that cannot be made is told, and can be tried again', async () => {
  await expect(openNotifyStore('/proc/none/alerts')).rejects.toMatchObject({
    code: 'NOTIFY_STORE_FAILED',
    retryable: true,
  })
})

it.each([
  ['is a file', []],
  ['is in a file', ['alerts']],
])('a folder that %s is refused with what to give instead', async (_, under) => {
  const file = join(folder, 'package.json')
  await writeFile(file, '{}')
  await expect(openNotifyStore(join(file, ...under))).rejects.toMatchObject({
    code: 'NOTIFY_STORE_FAILED',
    message: expect.stringMatching(/E(EXIST|NOTDIR).*; give a folder that can be made and read$/) as string,
  })
})
