import { describe, expect, it } from 'vitest'

import { failure } from '../../../src/checks/exchange/failures.ts'

const systemError = (code: string): Error => Object.assign(new Error('connect 10.0.0.1 secret'), { code })

describe('failure', () => {
  it.each(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'EMSGSIZE'])(
    'is unknown where this side is at fault: %s',
    (code) => {
      expect(failure('no connection to db:1', systemError(code))).toMatchObject({
        message: `no connection to db:1, by a fault on this side: ${code}`,
        code: 'PROTOCOL_NOT_ASKED',
      })
    },
  )

  it('is an error of the target otherwise, with its code and without its message', () => {
    const error = failure('no connection to db:1', systemError('ECONNREFUSED'))
    expect(error).toHaveProperty('code', 'PROTOCOL_NO_ANSWER')
    expect(error.message).toBe('no connection to db:1: ECONNREFUSED')
  })

  it('takes the name of an error without a code, and no text of what is no error', () => {
    expect(failure('no answer', new TypeError('secret')).message).toBe('no answer: TypeError')
    expect(failure('no answer', 'secret').message).toBe('no answer: unknown')
  })
})
