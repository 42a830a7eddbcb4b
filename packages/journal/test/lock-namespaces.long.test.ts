import { readFile } from 'node:fs/promises'
import { beforeEach, describe, expect, it } from 'vitest'

import { lockDirectory } from '@tocsin/core/lock'
import { inNetworkNamespace, inPidNamespace, needNamespaces } from './helpers/namespaces.ts'
import type { RunningChild } from './helpers/processes.ts'
import { startChild, startChildUnder, temporaryFolder } from './helpers/processes.ts'

/** What the lock of a child says now. */
async function ask(child: RunningChild): Promise<string | undefined> {
  const count = child.lines.length
  process.kill(child.pid, 'SIGUSR2')
  await child.printed(count + 1)
  return child.lines[count]
}

describe('the lock across network namespaces', () => {
  beforeEach(needNamespaces)

  it('is refused while the owner runs, even stopped, and is free when it was killed', async () => {
    const folder = await temporaryFolder()
    const owner = startChildUnder(inNetworkNamespace, folder, 'lock')
    await owner.printed(1)
    expect(owner.lines).toEqual(['open'])
    const locked = { code: 'DIRECTORY_LOCKED', facts: { directory: folder, pid: owner.pid } }
    await expect(lockDirectory(folder)).rejects.toMatchObject(locked)
    process.kill(owner.pid, 'SIGSTOP')
    await expect(lockDirectory(folder)).rejects.toMatchObject(locked)
    process.kill(owner.pid, 'SIGCONT')
    expect(await ask(owner)).toBe('held true')
    await owner.kill()
    const lock = await lockDirectory(folder)
    expect(lock.held()).toBe(true)
    await lock.release()
  })

  it('is free when its owner was killed and its parent has not taken note', async () => {
    const folder = await temporaryFolder()
    // The shell becomes a program that never waits for its child.
    const command = ['sh', '-c', '"$@" & exec sleep 600 >&-', 'sh', ...inNetworkNamespace]
    await startChildUnder(command, folder, 'lock').printed(1)
    await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'DIRECTORY_LOCKED' })
    const { pid } = JSON.parse(await readFile(`${folder}/LOCK`, 'utf8')) as { readonly pid: number }
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => readFile(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /)
    await (await lockDirectory(folder)).release()
  })
})

describe('the lock across pid namespaces', () => {
  beforeEach(needNamespaces)

  it('is taken over, and the former owner knows, even if it was stopped meanwhile', async () => {
    const folder = await temporaryFolder()
    const former = startChild(folder, 'lock')
    await former.printed(1)
    expect(await ask(former)).toBe('held true')
    process.kill(former.pid, 'SIGSTOP')
    const newcomer = startChildUnder(inPidNamespace, folder, 'lock')
    await newcomer.printed(1)
    expect(newcomer.lines).toEqual(['open'])
    process.kill(former.pid, 'SIGCONT')
    expect(await ask(former)).toBe('held false')
    expect(await ask(former)).toBe('held false')
  })

  it('is refused where the socket is seen', async () => {
    const folder = await temporaryFolder()
    const owner = startChildUnder(
      inPidNamespace.filter((word) => word !== '-n'),
      folder,
      'lock',
    )
    await owner.printed(1)
    expect(owner.lines).toEqual(['open'])
    await expect(lockDirectory(folder)).rejects.toMatchObject({ code: 'DIRECTORY_LOCKED' })
  })
})
