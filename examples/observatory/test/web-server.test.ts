import { describe, expect, it } from 'vitest'

import { isOwnHost } from '../web-server.ts'

describe('the host that a request names', () => {
  it.each(['127.0.0.1:8080', '192.0.2.7:8080', '[::1]:8080', '[2001:db8::1]', 'localhost:8080', 'localhost'])(
    "may be %s where all addresses are listened on, as an address is nobody's name",
    (asked) => expect(isOwnHost(asked, '0.0.0.0')).toBe(true),
  )

  it('may be the name that is listened on, in the small letters that browsers send', () => {
    expect(isOwnHost('box.local:8080', 'Box.Local')).toBe(true)
    expect(isOwnHost('Box.Local:8080', 'box.local')).toBe(true)
  })

  it.each(['evil.example', 'evil.example:8080', '127.0.0.1.evil.example', '[evil]', '', undefined])(
    'may not be %s',
    (asked) => expect(isOwnHost(asked, '0.0.0.0')).toBe(false),
  )
})
