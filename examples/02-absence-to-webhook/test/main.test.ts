import { expect, it } from 'vitest'

import { runExample } from '../../run-example.ts'

it('tells the silence and its end to the receiver, which refuses what is not signed', async () => {
  const { code, printed } = await runExample('02-absence-to-webhook')
  expect(code).toBe(0)
  expect(printed.match(/receiver: .*/g)).toEqual([
    'receiver: [severity 1] backup silent, backup.heartbeat host=db-1: no sample for 1s',
    expect.stringMatching(/^receiver: \[recovered\] backup silent, .* samples come again$/),
    'receiver: refused, missing-header',
  ])
  expect(printed.match(/notify: delivered/g)).toHaveLength(2)
  expect(printed).toContain('answered with 401')
})
