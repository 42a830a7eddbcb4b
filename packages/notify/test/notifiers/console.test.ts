import { describe, expect, it, vi } from 'vitest'

import { consoleNotifier } from '../../src/index.ts'
import { notification } from '../support/notification.ts'

describe('the console', () => {
  const told = async (text?: string): Promise<string[]> => {
    const lines: string[] = []
    const { signal } = new AbortController()
    await consoleNotifier({ write: (line) => lines.push(line) }).send(notification({}, text), signal)
    return lines
  }

  it('is told in one line', async () => {
    expect(await told('cpu is at 97 %')).toEqual([
      `1970-01-01T00:00:00.000Z [severity 2] host=web-1 (rules): cpu is at 97 % (${notification().id})`,
    ])
  })

  it('cannot be steered by what comes from outside', async () => {
    const [line = ''] = await told('red \u001b[31m\u202e bell \u0007 next\r\nline \u2028 lone \ud800')
    expect(line).toContain('red [31m bell next line lone \ufffd')
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2028]/)
  })

  it('is the console of the moment', async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await consoleNotifier().send(notification(), new AbortController().signal)
    expect(log).toHaveBeenCalledTimes(1)
    log.mockRestore()
  })

  it('refuses options that it does not know', () => {
    expect(() => consoleNotifier({ write: 'x' } as never)).toThrow('NOTIFY_BAD_OPTION')
  })
})
