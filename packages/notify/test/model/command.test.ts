import { expect, it } from 'vitest'

import { readCommand } from '../../src/model/command.ts'

const window = { id: 'move', select: 'host:*', from: '2026-01-01', to: 1 }
const moment = 'must be a time in whole ms since the Unix epoch, such as Date.parse("2026-12-24T03:00:00Z")'

it.each([
  ['command.until', { type: 'acknowledge', alert: 'a', by: 'ann', until: '2026-01-01' }],
  ['command.maintenance.from', { type: 'maintenance', maintenance: window }],
])('a date as a text is refused at %s with how a time is written', (path, command) => {
  expect(readCommand(command)).toMatchObject({
    type: 'command-refused',
    reason: 'malformed',
    path,
    text: `${path} ${moment}, got "2026-01-01"`,
  })
})
