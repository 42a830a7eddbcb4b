import { expect, it } from 'vitest'

import { runExample, temporaryFolder } from '../../run-example.ts'

it('brings each record to both aggregators exactly once, over a cut and a kill', async () => {
  using data = temporaryFolder()
  const { code, printed } = await runExample('07-two-machines', data.path)
  expect(printed).toContain('north: 400 records, each exactly once and in order')
  expect(printed).toContain('south: 400 records, each exactly once and in order')
  expect(printed.match(/^ {2}(north|south) <- (berlin|paris) +\|.+\|$/gm)).toHaveLength(4)
  // The one that was cut was behind, and it is drawn.
  expect(printed).toMatch(/north <- berlin +\|.*█/)
  expect(code).toBe(0)
})
