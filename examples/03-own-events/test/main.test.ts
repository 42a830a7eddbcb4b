import { expect, it } from 'vitest'

import { runExample, temporaryFolder } from '../../run-example.ts'

it('names the job that was slow, and rolls up the jobs of all runs', async () => {
  using data = temporaryFolder()
  for (const run of [1, 2]) {
    const { code, printed } = await runExample('03-own-events', data.path)
    expect(code).toBe(0)
    expect(printed).toContain('opened in video, job a2: slow job')
    expect(printed).toContain('cleared in video, job a4: slow job')
    const counts = printed.matchAll(/UTC video on w-2: (\d+) jobs, [\d.]+ s on average/g)
    expect([...counts].reduce((sum, [, count]) => sum + Number(count), 0)).toBe(2 * run)
  }
})
