import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { openNotifyStore } from '../../src/store.ts'
import { held, opens, total } from '../../src/testing/stored-changes.ts'

/** Mounts a disk of 256 KiB, where this process may. */
function mounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

it('a disk that is really full costs what it did not take, and the store goes on when there is room', async ({
  skip,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'notify-full-'))
  const isMounted = mounted(folder)
  try {
    if (!isMounted && process.env['TOCSIN_REQUIRE_PEERS'] === undefined) skip('no right to mount a disk here')
    expect(isMounted).toBe(true)
    const other = join(folder, 'other')
    await writeFile(other, Buffer.alloc(128 * 1024))
    const store = await openNotifyStore(join(folder, 'alerts'))
    const taken = []
    let refused = 0
    for (let index = 0; refused < 20; index++) {
      const changes = opens(`series-${index}`)
      try {
        await store.append(changes)
        taken.push(...changes)
      } catch (error) {
        expect(error).toMatchObject({
          code: 'NOTIFY_STORE_FAILED',
          retryable: true,
          cause: { code: 'ENOSPC' },
        })
        refused += 1
      }
    }
    expect(taken.length).toBeGreaterThan(100)
    await rm(other)
    await store.append(opens('last'))
    const expected = total([...taken, ...opens('last')])
    expect(await held(store)).toEqual(expected)
    await store.close()
    const again = await openNotifyStore(join(folder, 'alerts'))
    expect(await held(again)).toEqual(expected)
    expect(again.recovery.damaged).toEqual([])
    await again.close()
  } finally {
    if (isMounted) execFileSync('umount', [folder])
    await rm(folder, { recursive: true })
  }
})
