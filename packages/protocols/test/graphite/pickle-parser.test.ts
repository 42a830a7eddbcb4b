import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createPickleParser, type PickleParserOptions } from '../../src/graphite/pickle-parser.ts'
import { brief, collect } from '../collect.ts'
import { pickles } from './pickles.ts'

const read = (pickle: string | Uint8Array, options?: PickleParserOptions): readonly string[] => {
  const bytes = typeof pickle === 'string' ? Buffer.from(pickle, 'latin1') : pickle
  const { samples, problems } = collect(createPickleParser(options), bytes)
  return [...samples.map(brief), ...problems.map(({ reason, message }) => `! ${reason} ${message}`)]
}

const made = (what: string) =>
  pickles
    .filter((pickle) => pickle.what === what)
    .map(({ by, protocol, hex }) => [`protocol ${protocol} of ${by}`, Buffer.from(hex, 'hex')] as const)

const points = [
  'servers.web1.cpu gauge 42.5 @1700000000000',
  'disk.used|ST[host:web1] gauge -3 @1700000000250',
  'café.温度 gauge 9007199254740992 =9007199254740993',
  'least gauge -9223372036854776000 @1700000000000 =-9223372036854775808',
  'text gauge 1000 @1700000000000',
  'flag gauge 1 @1700000001000',
  String.raw`it's \ "q" gauge 0.1 @1700000002000`,
  'list gauge 70000 @1700000003000',
  'last gauge 7 @1700000004000',
]

describe('a pickle that Python made', () => {
  it.each(made('points'))('of points is read in %s', (_, pickle) => expect(read(pickle)).toEqual(points))
  it.each(made('points in tuples'))('in tuples is read in %s', (_, pickle) =>
    expect(read(pickle)).toEqual(points),
  )
  it.each(made('names of bytes'))('with names of bytes is read in %s', (_, pickle) =>
    expect(read(pickle)).toEqual(points),
  )
  it.each(made('one point over and over'))('with a point that is remembered is read in %s', (_, pickle) =>
    expect(read(pickle)).toEqual(Array.from({ length: 1001 }, () => 'a gauge 2 @1000')),
  )

  const others = pickles.filter(({ what }) => /^an? /.test(what))
  it.each(others.map(({ by, what, protocol, hex }) => [what, protocol, by, hex]))(
    'with %s in protocol %i of %s is refused as a whole, and the operation named',
    (_, __, ___, hex) => {
      expect(read(Buffer.from(hex, 'hex'))).toEqual([
        expect.stringMatching(
          /^! unsupported .* no operation (GLOBAL|STACK_GLOBAL|DICT|EMPTY_DICT|EMPTY_SET|BYTEARRAY8);/,
        ),
      ])
    },
  )
})

describe('the pickle parser', () => {
  it.each([
    ['GLOBAL', 'cos\nsystem\n(S"true"\ntR.'],
    ['INST', '(S"true"\nios\nsystem\n.'],
    ['PERSID', '(lPname\na.'],
    ['EXT1', ']\x82\x01a.'],
    ['REDUCE', ']R.'],
    ['BUILD', ']b.'],
    ['NEWOBJ', ']\x81.'],
    ['OBJ', '(o.'],
    ['NEXT_BUFFER', '\x97.'],
    ['0xff', ']\xff.'],
  ])('refuses the operation %s', (name, pickle) => {
    expect(read(pickle)).toEqual([
      `! unsupported a pickle of points has no operation ${name}; it is refused as a whole`,
    ])
  })

  it.each([
    ['no name', '(N(I1\nF2\ntt', 'malformed'],
    ['a number for a name', '(I3\n(I1\nF2\ntt', 'malformed'],
    ['no pair', '(Va\n(I1\ntt', 'malformed'],
    ['three things', '(Va\n(I1\nI2\ntI3\nt', 'malformed'],
    ['a name without bytes', '(V\n(I1\nF2\ntt', 'bad-name'],
    ['a name that is too long', `(V${'a'.repeat(8193)}\n(I1\nF2\ntt`, 'bad-name'],
    ['a name that is no UTF-8', '(U\x01\xff(I1\nF2\ntt', 'not-utf8'],
    ['half a surrogate in a name', '(V\\ud800\n(I1\nF2\ntt', 'not-utf8'],
    ['a character beyond Unicode', '(V\\U00110000\n(I1\nF2\ntt', 'not-utf8'],
    ['tags that are none', '(Va;b\n(I1\nF2\ntt', 'bad-name'],
    ['not a number', '(Va\n(I1\nFnan\ntt', 'bad-value'],
    ['infinity', '(Va\n(I1\nG\x7f\xf0\0\0\0\0\0\0tt', 'bad-value'],
    ['None', '(Va\n(I1\nNtt', 'bad-value'],
    ['a text that is no number', "(Va\n(I1\nS'x'\ntt", 'bad-value'],
    ['a tuple for a number', '(Va\n(I1\n)tt', 'bad-value'],
    ['an integer of nine bytes', `(Va\n(I1\n\x8a\x09${'\x01'.repeat(9)}tt`, 'bad-value'],
    ['a number longer than any', `(Va\n(I1\nI${'1'.repeat(513)}\ntt`, 'bad-value'],
    ['milliseconds', '(Va\n(L1700000000000L\nF2\ntt', 'bad-timestamp'],
    ['no time', '(Va\n(NF2\ntt', 'bad-timestamp'],
  ])('gives one problem for %s in a point, and takes the others', (_, point, reason) => {
    const pickle = `((Vfirst\n(I1\nI2\ntt${point}(Vlast\n(I3\nI4\nttl.`
    const { samples, problems } = collect(createPickleParser(), Buffer.from(pickle, 'latin1'))
    expect(samples.map(brief)).toEqual(['first gauge 2 @1000', 'last gauge 4 @3000'])
    expect(problems.map((problem) => problem.reason)).toEqual([reason])
  })

  it('says where the name of a bad point stands', () => {
    const pickle = '((Vname\n(I1\nNttl.'
    const [problem] = collect(createPickleParser(), pickle).problems
    expect(pickle.slice(problem?.start, problem?.end)).toBe('name')
  })

  it.each([
    ['nothing', '', 'malformed'],
    ['no STOP', '(l', 'malformed'],
    ['half an operand', ']J\x01\x02', 'malformed'],
    ['a line without end', '(lI12', 'malformed'],
    ['a text longer than the pickle', ']X\x09\0\0\0ab.', 'malformed'],
    ['a text of 2^63 bytes', ']\x8d\xff\xff\xff\xff\xff\xff\xff\x7fab.', 'malformed'],
    ['nothing on the stack', '.', 'malformed'],
    ['a number alone', 'I1\n.', 'malformed'],
    ['a mark that is not there', 't.', 'malformed'],
    ['POP_MARK without a mark', ']1.', 'malformed'],
    ['POP of nothing', '0.', 'malformed'],
    ['too few for a tuple', 'N\x86.', 'malformed'],
    ['values of an outer mark', 'NN(\x86.', 'malformed'],
    ['APPEND to nothing', 'Na.', 'malformed'],
    ['APPEND to a text', 'VaNa.'.replace('Va', 'Va\n'), 'malformed'],
    ['APPENDS to nothing', '(Ne.', 'malformed'],
    ['APPENDS to a number', 'I1\n(Ne.', 'malformed'],
    ['what was never put', ']h\x07a.', 'malformed'],
    ['an index that is none', ']gx\na.', 'malformed'],
    ['an index below 0', ']p-1\n.', 'too-many-values'],
    ['an index beyond the most', ']r\xff\xff\xff\xff.', 'too-many-values'],
    ['a text without quotes', '(lSa\na.', 'malformed'],
    ['a quote alone', "(lS'\na.", 'malformed'],
    ['nine marks', '(((((((((l.', 'too-deep'],
    ['more values than the most', `]${'Na'.repeat(100)}.`, 'too-many-values'],
  ])('refuses a pickle with %s as a whole', (_, pickle, reason) => {
    const { samples, problems } = collect(
      createPickleParser({ maxValues: 100 }),
      Buffer.from(pickle, 'latin1'),
    )
    expect([samples.length, ...problems.map((problem) => problem.reason)]).toEqual([0, reason])
  })

  it('takes what operations that Python seldom writes make', () => {
    const pickle =
      '\x80\x02](NN1(0N200N\x88\x89\x870I1\n\x850' +
      'Va\n\x8b\x02\0\0\0\x10\x01\x8a\0\x86\x86q\x03ah\x03ag3\na(h\x03j\x03\0\0\0e.'
    const { samples, problems } = collect(createPickleParser(), Buffer.from(pickle, 'latin1'))
    expect(problems).toEqual([])
    expect(samples.map(brief)).toEqual(Array.from({ length: 5 }, () => 'a gauge 0 @272000'))
  })

  it('reads the escapes of Python 2 and of Unicode', () => {
    expect(read("((S'\\x61\\142\\\\c\\'d\\q'\n(I1\nI2\ntt(V\\u0061\\U0001f600\xe9\n(I1\nI2\nttl.")).toEqual([
      "ab\\c'dq gauge 2 @1000",
      'a😀é gauge 2 @1000',
    ])
  })

  it('says that something stands behind the STOP, and takes the points', () => {
    expect(read('((Va\n(I1\nI2\nttl.xyz')).toEqual([
      'a gauge 2 @1000',
      '! malformed after its STOP, nothing stands in a pickle',
    ])
  })

  it('remembers nothing of the pickle before', () => {
    const parser = createPickleParser()
    const first = collect(parser, '(lp0\n(Va\np1\n(I1\nI2\ntta.')
    expect(first.samples).toHaveLength(1)
    expect(collect(parser, '(l(g1\n(I1\nI2\ntta.').problems).toMatchObject([
      { reason: 'malformed', message: 'the pickle gets what it has not put' },
    ])
  })

  it('is not held up by lists that hold themselves', () => {
    expect(read(']q\0h\0h\0\x86q\x01ah\x01a.')).toHaveLength(2)
    expect(read(']q\0h\0a.')).toEqual(['! malformed a point is (name, (timestamp, value))'])
  })

  it('takes milliseconds where it is told to', () => {
    const pickle = '((Va\n(L1700000000123L\nI2\ntt(Vb\n(I1700000000\nI2\nttl.'
    const { samples, problems } = collect(createPickleParser({ timestamps: 'milliseconds' }), pickle)
    expect(samples.map(brief)).toEqual(['a gauge 2 @1700000000123'])
    expect(problems).toMatchObject([{ reason: 'bad-timestamp' }])
  })

  it('takes any points that this writes, in any of their forms', () => {
    const name = fc.stringMatching(/^[a-z.]{1,40}$/)
    const point = fc.tuple(name, fc.nat(2 ** 31 - 1), fc.double({ noNaN: true, noDefaultInfinity: true }))
    fc.assert(
      fc.property(fc.array(point, { maxLength: 50 }), fc.infiniteStream(fc.nat(3)), (list, choices) => {
        const choose = (): number => Number(choices.next().value)
        const written = list.map(([text, time, value]) => writePoint(text, time, value, choose))
        const { samples, problems } = collect(
          createPickleParser(),
          Buffer.concat([Buffer.from('('), ...written, Buffer.from('l.')]),
        )
        expect(problems).toEqual([])
        expect(samples.map(({ series, time, value }) => [series.key, time / 1000, value])).toEqual(list)
      }),
    )
  })
})

const bytesOf = (latin1: string): Buffer => Buffer.from(latin1, 'latin1')

/** A point, each part in one of the forms that pickles have for it. */
function writePoint(name: string, time: number, value: number, choose: () => number): Buffer {
  const double = Buffer.alloc(9, 'G')
  double.writeDoubleBE(value, 1)
  const integer = Buffer.alloc(5, 'J')
  integer.writeInt32LE(time, 1)
  const length = String.fromCharCode(name.length)
  const names = [`S'${name}'\n`, `V${name}\n`, `U${length}${name}`, `X${length}\0\0\0${name}`]
  const times = [`I${time}\n`, `L${time}L\n`, `S'${time}'\n`, integer.toString('latin1')]
  const values = [`F${value}\n`, `V${value}\n`, double.toString('latin1'), double.toString('latin1')]
  const pair = `${times[choose()] ?? ''}${values[choose()] ?? ''}`
  return bytesOf(`(${names[choose()] ?? ''}(${pair}tt`)
}
