import { expect, it } from 'vitest'

import { runExample } from '../../run-example.ts'

it('mails severity 1 once and its end, and nothing for severity 3 or after the acknowledgement', async () => {
  const { code, printed } = await runExample('04-mail-and-acknowledgement')
  expect(code).toBe(0)
  const told = printed.match(/The disk is \d+|MAIL to \S+ \[[^\]]*\]|acknowledged$|suppressed: .*/gm)
  expect(told).toEqual([
    'The disk is 85',
    'suppressed: no-route',
    'The disk is 97',
    'MAIL to ann@example.com: [severity 1]',
    'acknowledged',
    'The disk is 88',
    'suppressed: acknowledged',
    'The disk is 98',
    'The disk is 60',
    'MAIL to ann@example.com: [recovered]',
  ])
})
