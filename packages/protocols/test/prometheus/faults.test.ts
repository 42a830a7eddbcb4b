import { describe, expect, it } from 'vitest'

import { parsePrometheus, type ExpositionFormat } from '../../src/prometheus/index.ts'

const parse = (text: string | Uint8Array, format: ExpositionFormat = 'prometheus') =>
  parsePrometheus(typeof text === 'string' ? Buffer.from(text) : text, { format, time: 1000 })
const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1')

// The kinds of faults that the tests of Prometheus' own parser name (model/textparse), with inputs of our own.
describe('text 0.0.4 is refused whole', () => {
  it.each<readonly [why: string, text: string | Uint8Array, reason: string]>([
    ['no value', 'up\n', 'malformed'],
    ['no value behind labels', 'up{job="a"}\n', 'malformed'],
    ['a value in single quotes', "up{job='a'} 1\n", 'malformed'],
    ['a label that the line ends', 'up{job=\n', 'malformed'],
    ['a label value that the line ends', 'up{job="a\n"} 1\n', 'malformed'],
    ['a label value that the text ends', 'up{job="', 'malformed'],
    ['a label without a name', 'up{=""} 0\n', 'malformed'],
    ['a label name that is no UTF-8', latin('up{\xff="a"} 1\n'), 'not-utf8'],
    ['a label value that is no UTF-8', latin('up{job="\xff"} 1\n'), 'not-utf8'],
    ['a label name with a NUL', 'up{j\0b="a"} 1\n', 'malformed'],
    ['a name with a NUL', 'u\0p 1\n', 'malformed'],
    ['a name that starts with a digit', '1up 1\n', 'malformed'],
    ['two commas', 'up{a="1",,b="2"} 1\n', 'malformed'],
    ['no comma', 'up{a="1" b="2"} 1\n', 'malformed'],
    ['a label twice', 'up{a="1",a="2"} 1\n', 'malformed'],
    ['the name as a label', 'up{__name__="down"} 1\n', 'malformed'],
    ['a word as value', 'up true\n', 'bad-value'],
    ['an underscore in a value', 'up 1_2\n', 'bad-value'],
    ['a hexadecimal value', 'up 0x1p-3\n', 'bad-value'],
    ['a value that no double holds', 'up 1e999\n', 'bad-value'],
    ['an underscore in a time', 'up 0 1_2\n', 'bad-timestamp'],
    ['a time with a fraction', 'up 0 1.5\n', 'bad-timestamp'],
    ['something behind the time', 'up 0 1 2\n', 'malformed'],
    ['an exemplar', 'up_total 1 # {a="b"} 1\n', 'bad-timestamp'],
    ['labels without a name', '{a="b"} 1\n', 'bad-name'],
    ['a name in quotes that does not end', '{"a", "b = "c"}\n', 'malformed'],
    ['two names', 'a{"b"} 1\n', 'malformed'],
    ['an empty name', '{""} 1\n', 'malformed'],
    ['a type that there is not', '# TYPE a info\n', 'malformed'],
    ['no type', '# TYPE a\n', 'malformed'],
    ['a help without a name', '# HELP\n', 'malformed'],
    ['a help that is no UTF-8', latin('# HELP a \xff\n'), 'malformed'],
    ['a carriage return', 'up 1\r\n', 'bad-value'],
  ])('for %s', (_, text, reason) => {
    const { failure, samples, metadata } = parse(
      typeof text === 'string' ? `ok 1\n${text}` : Buffer.concat([Buffer.from('ok 1\n'), text]),
    )
    expect(failure).toMatchObject({ reason })
    expect([samples, metadata]).toEqual([[], []])
  })
})

describe('OpenMetrics is refused whole', () => {
  it.each([
    ['without an end', 'a 1\n', 'truncated'],
    ['with something behind the end', 'a 1\n# EOF\n\n', 'malformed'],
    ['with a blank line', '\n# EOF\n', 'malformed'],
    ['with two blanks', 'a  1\n# EOF\n', 'bad-value'],
    ['with a tab', 'a\t1\n# EOF\n', 'malformed'],
    ['with a tab behind the value', 'a 1\t1\n# EOF\n', 'malformed'],
    ['with a blank at the end', 'a 1 \n# EOF\n', 'bad-timestamp'],
    ['with a comma at the end of labels', 'a{b="c",} 1\n# EOF\n', 'malformed'],
    ['with a comment', '# hello\na 1\n# EOF\n', 'malformed'],
    ['with a counter without _total', '# TYPE a counter\na 1\n# EOF\n', 'malformed'],
    ['with families that are torn apart', 'a 1\nb 1\na 2\n# EOF\n', 'malformed'],
    ['with a type behind its samples', 'a 1\n# TYPE a gauge\n# EOF\n', 'malformed'],
    ['with a unit that is not in the name', '# UNIT a seconds\n# EOF\n', 'malformed'],
    ['with an exemplar of a gauge', '# TYPE a gauge\na 1 # {} 1\n# EOF\n', 'malformed'],
    ['with an exemplar behind a tab', '# TYPE a counter\na_total 1 # {}\t1\n# EOF\n', 'malformed'],
    [
      'with an exemplar of 129 characters',
      `# TYPE a counter\na_total 1 # {a="${'é'.repeat(128)}"} 1\n# EOF\n`,
      'malformed',
    ],
    ['with a time that is NaN', 'a 1 NaN\n# EOF\n', 'bad-timestamp'],
    [
      'with buckets that fall',
      '# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\n# EOF\n',
      'malformed',
    ],
  ] as const)('%s', (_, text, reason) => {
    const { failure, samples } = parse(text, 'openmetrics')
    expect(failure).toMatchObject({ reason })
    expect(samples).toEqual([])
  })
})

it('says where the fault is', () => {
  const text = 'ok 1\nup true\n'
  const { failure } = parse(text)
  expect(text.slice(failure?.start, failure?.end)).toBe('up true')
})
