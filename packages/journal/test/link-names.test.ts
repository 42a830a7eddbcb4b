import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { certificateNames, proves } from '../src/link/tls/peer-name.ts'
import { resolveAllow } from '../src/link/machines/allow.ts'
import { refusalOf } from '../src/link/tls/refusal.ts'

const names = (subjectAltName: string | undefined): ReturnType<typeof certificateNames> =>
  certificateNames({ subjectAltName })

describe('the name that a certificate proves', () => {
  it.each([
    ['URI:tocsin:subscriber:berlin', 'berlin', []],
    ['DNS:a.example, URI:tocsin:subscriber:berlin, IP Address:10.0.0.1', 'berlin', ['a.example', '10.0.0.1']],
    ['DNS:a.example', 'a.example', ['a.example']],
    ['DNS:a.example, DNS:b.example', undefined, ['a.example', 'b.example']],
    ['DNS:*.example', undefined, []],
    ['URI:tocsin:subscriber:a, URI:tocsin:subscriber:b', undefined, []],
    ['URI:tocsin:subscriber:', undefined, []],
    ['URI:https://tocsin:subscriber:a', undefined, []],
    ['URI:"tocsin:subscriber:a, DNS:b"', 'a, DNS:b', []],
    ['URI:"x, URI:tocsin:subscriber:admin"', undefined, []],
    ['email:"tocsin:subscriber:a"', undefined, []],
    ['DNS:a.example, what is this', undefined, []],
    ['URI:"tocsin', undefined, []],
    ['', undefined, []],
    [undefined, undefined, []],
  ])('of %s is %s', (text, peer, hosts) => {
    expect(names(text)).toEqual({ peer, hosts })
  })

  it('is compared exactly', () => {
    const berlin = names('URI:tocsin:subscriber:berlin, DNS:host.example, IP Address:10.0.0.1')
    for (const name of ['berlin', 'host.example', '10.0.0.1']) expect(proves(berlin, [name])).toBe(true)
    for (const name of ['Berlin', 'berlin.', 'tocsin:subscriber:berlin', '*', 'HOST.example', '']) {
      expect(proves(berlin, [name])).toBe(false)
    }
  })

  it('is never one that hides in another entry', () => {
    const hostile = fc.string({ unit: fc.constantFrom(...'a,: "\\URITDNS'.split(''), 'tocsin:subscriber:') })
    const property = fc.property(hostile, (text) => {
      // As Node writes what has a comma or a quotation mark in it.
      expect(names(`URI:${JSON.stringify(`x${text}`)}, DNS:a.example`)).toEqual({
        peer: 'a.example',
        hosts: ['a.example'],
      })
    })
    fc.assert(property)
  })
})

describe('the list of who may read what', () => {
  it('gives its own name and all journals where it says no more, and nothing to others', () => {
    const rights = resolveAllow({ a: {}, b: { subscribers: ['x', 'y'], journals: ['one'] } })
    expect(rights('a')).toEqual({ subscribers: ['a'], read: '*' })
    expect(rights('b')).toEqual({ subscribers: ['x', 'y'], read: ['one'] })
    for (const stranger of ['c', '__proto__', 'constructor', 'toString', ''])
      expect(rights(stranger)).toBeUndefined()
  })

  it('may be a function of the name', () => {
    const rights = resolveAllow((peer) => (peer.endsWith('.example') ? { journals: [] } : undefined))
    expect(rights('a.example')).toEqual({ subscribers: ['a.example'], read: [] })
    expect(rights('a')).toBeUndefined()
  })
})

it('a refusal says what an alert of the other side means, whatever its name', () => {
  const alert = Object.assign(new Error('alert'), { code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN' })
  expect(refusalOf(alert).code).toBe('refused-by-peer')
  expect(refusalOf(new Error('odd')).code).toBe('handshake-failed')
})
