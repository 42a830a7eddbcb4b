import { readdirSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { run, toldOf } from '../support/time-line.ts'
import type { TimeLine } from '../support/time-line.ts'

const folder = new URL('../cases/', import.meta.url)

/** Time lines that went wrong once, and those of the same kind: what happens, and who is told when. */
for (const file of readdirSync(folder).sort()) {
  const cases = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as TimeLine[]
  describe(file.replace('.json', ''), () => {
    it.each(cases.map((given) => [given.what, given] as const))('%s', (_, given) => {
      const rig = run(given)
      expect(toldOf(rig)).toEqual(given.told)
      for (const each of given.decided ?? []) expect(rig.decisions).toContain(each)
      if (given.said !== undefined) expect(rig.attempts.at(-1)?.subject).toContain(given.said)
      if (given.changes !== undefined) expect(rig.log).toHaveLength(given.changes)
      const created = rig.decisions.filter((each) => each === 'created')
      if (given.timesCreated !== undefined) expect(created).toHaveLength(given.timesCreated)
      for (const each of given.never ?? []) expect(rig.decisions).not.toContain(each)
    })
  })
}
