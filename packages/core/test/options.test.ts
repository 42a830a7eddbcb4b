import { describe, expect, it } from 'vitest'

import { oneOf, optional, resolveOptions, text, wholeNumber } from '@tocsin/core'

interface Options {
  readonly port: number
  readonly transport: string
  readonly secret?: string
}

const resolve = (given: object): Options =>
  resolveOptions<Options>(
    { port: 8125, transport: 'udp' },
    given,
    { port: wholeNumber(0, 65_535), transport: oneOf('udp', 'tcp'), secret: optional(text(8)) },
    (message) => new RangeError(message),
  )

describe('resolveOptions', () => {
  it('overlays what was given on the defaults', () => {
    expect(resolve({ port: 1, transport: undefined })).toEqual({ port: 1, transport: 'udp' })
  })

  it('names option, rule and value', () => {
    expect(() => resolve({ port: -1 })).toThrow(
      'option "port" must be a whole number from 0 to 65535, got -1',
    )
    expect(() => resolve({ transport: 'tls' })).toThrow('option "transport" must be one of udp, tcp')
  })

  it('refuses names that it does not know', () => {
    expect(() => resolve({ prot: 1 })).toThrow('unknown option "prot"; known are port, transport, secret')
  })

  it('does not show strings, which may be secrets', () => {
    expect(() => resolve({ secret: 'hunter2' })).toThrow(/got a string of 7 characters$/)
  })
})
