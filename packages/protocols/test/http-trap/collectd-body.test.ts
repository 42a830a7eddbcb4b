import { describe, expect, it } from 'vitest'

import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { brief, collectBody } from '../collect.ts'

/** As collectd 5.12 writes it. */
const sent =
  '[{"values":[0.03,null],"dstypes":["gauge","derive"],"dsnames":["rx","tx"],"time":1700000000.123,"interval":10.000,' +
  '"host":"web","plugin":"interface","plugin_instance":"eth0","type":"if_octets","type_instance":"","meta":{"a":true}}]'

describe("what collectd's write_http sends", () => {
  it.each([
    ['as it is', sent],
    ['with spaces', JSON.stringify(JSON.parse(sent), null, 2)],
    [
      'in another order',
      sent.replace('"values":[0.03,null],', '').replace('"time"', '"values":[0.03,null],"time"'),
    ],
  ])('makes no series, and its sender is told why: %s', (_, body) => {
    const { samples, problems, outcome } = collectBody(createHttpTrapParser(), body)
    expect([samples, problems]).toEqual([[], []])
    expect(outcome).toEqual({
      filtered: 0,
      stopped: {
        reason: 'unsupported',
        start: 0,
        end: body.length,
        message: expect.stringMatching(/collectd/),
      },
    })
  })

  it.each([
    ['a list of objects', '[{"values":1,"dstypes":2,"dsnames":3}]'],
    ['an object with the same names', '{"values":[1],"dstypes":[2],"dsnames":[3]}'],
    ['names further in', '[{"a":{"values":[1]},"dstypes":[2],"dsnames":[3]}]'],
  ])('is told from a document of a trap: %s', (_, body) => {
    expect(collectBody(createHttpTrapParser(), body).samples.map(brief)).toHaveLength(3)
  })
})
