import { describe, expect, it, vi } from 'vitest'

import { hour } from '../support/samples.ts'
import { stepOf } from '../../../../vitest.runs.ts'
import { filesOf, filledStore, flipped, untold } from './living/damaged-store.ts'
import { directory, LivingStore } from './living/living-store.ts'

describe('a damaged store', () => {
  it('opens and says no wrong number that it does not tell of, whichever byte of whichever file is flipped', async () => {
    const { memory, samples } = await filledStore(false)
    const found: string[] = []
    let told = 0
    for (const name of await filesOf(memory)) {
      const { length } = memory.contents(`${directory}/${name}`)
      // The long tests flip each.
      for (let at = 3; at < length; at += 17 * stepOf(3)) {
        const { wrong, problems } = await untold(flipped(memory, name, at), samples, ['1h'])
        found.push(...wrong.slice(0, 3).map((one) => `${name} byte ${at}: ${one}`))
        if (problems.length > 0) told += 1
      }
    }
    expect(found).toEqual([])
    expect(told).toBeGreaterThan(20)
  })

  it('opens and tells of it, whichever file is gone or empty', async () => {
    const { memory, samples } = await filledStore(true)
    const names = await filesOf(memory)
    expect(names.filter((name) => name.endsWith('.seg')).length).toBeGreaterThan(1)
    for (const name of names) {
      for (const length of [undefined, 0]) {
        const copy = memory.processKill()
        await copy.remove(`${directory}/${name}`)
        if (length === 0) await (await copy.open(`${directory}/${name}`, 'create')).close()
        const { wrong, problems, isMissing } = await untold(copy, samples)
        expect(wrong.slice(0, 3), `${name} ${length}`).toEqual([])
        // The only log may never have been: its samples are asked for again.
        const isTold = problems.length > 0 || (name === 'log-1.log' && isMissing)
        expect(isTold, `${name} ${length}`).toBe(true)
      }
    }
  })

  it('leaves out a segment of which the disk gives no byte, and tells of it', async () => {
    const { memory, samples } = await filledStore(false)
    const [name = ''] = (await filesOf(memory)).filter((one) => one.endsWith('.seg'))
    memory.badSectors(`${directory}/${name}`, 0, 1 << 20)
    const living = new LivingStore({ rawHorizonMs: hour })
    living.memory = memory
    const store = await living.open()
    expect(living.problems.join()).toContain('damaged-segment')
    expect(store.position?.seq).toBe(samples.length)
  })

  it('tells of damage that it met when opening as a warning where nobody listens', async () => {
    const { memory } = await filledStore(false)
    await memory.remove(`${directory}/1.seg`)
    const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const living = new LivingStore({ problems: undefined })
    living.memory = memory
    await living.open()
    expect(warning.mock.calls).toMatchObject([
      [expect.stringContaining('1.seg'), { type: 'TocsinWarning', code: 'rollup/damaged-segment' }],
    ])
    warning.mockRestore()
  })
})

describe('the tests above', () => {
  it('find out a segment that is whole and says something else', async () => {
    const { memory, samples } = await filledStore(false)
    const other = await filledStore(false, 1)
    const [name = ''] = (await filesOf(other.memory)).filter((one) => one.endsWith('.seg'))
    const copy = memory.processKill()
    const path = `${directory}/${name}`
    await copy.remove(path)
    const file = await copy.open(path, 'create')
    await file.write(other.memory.contents(path), 0)
    await file.close()
    expect((await untold(memory.processKill(), samples)).wrong).toEqual([])
    expect((await untold(copy, samples)).wrong).not.toEqual([])
  })
})
