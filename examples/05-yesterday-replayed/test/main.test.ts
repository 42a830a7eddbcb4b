import { expect, it } from 'vitest'

import { runExample, temporaryFolder } from '../../run-example.ts'

it('tells who would have been told by each rule', async () => {
  using data = temporaryFolder()
  const { code, printed } = await runExample('05-yesterday-replayed', data.path)
  expect(code).toBe(0)
  const [before, after] = printed.split('The rule as it might be')
  expect(before?.match(/\d\d:\d\d Ann is called/g)).toHaveLength(15)
  expect(after?.match(/\d\d:\d\d [A-Za-z ]+/g)).toEqual([
    '12:04 the team gets a mail',
    '12:07 Ann is called',
    '12:47 the team gets a mail',
  ])
})
