import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { parsePerfdata } from '../../src/nagios/perfdata.ts'
import { parsePluginOutput } from '../../src/nagios/plugin-output.ts'

const decimal = fc
  .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.nat(12))
  .map(([digits, places]) =>
    places === 0 ? `${digits}` : (digits / 10 ** Math.min(places, 6)).toFixed(Math.min(places, 6)),
  )

const range = fc
  .record({
    inside: fc.boolean(),
    ends: fc.tuple(decimal, decimal),
    form: fc.constantFrom('end', 'start', 'both', 'infinite'),
  })
  .map(({ inside, ends, form }) => {
    const [low = '', high = ''] = ends.toSorted((a, b) => Number(a) - Number(b))
    const end = Number(high) < 0 ? high.replace('-', '') : high
    const [text, start, stop] = {
      end: [end, 0, Number(end)],
      start: [`${low}:`, Number(low), undefined],
      both: [`${low}:${high}`, Number(low), Number(high)],
      infinite: [`~:${high}`, undefined, Number(high)],
    }[form] as [string, number | undefined, number | undefined]
    return {
      text: `${inside ? '@' : ''}${text}`,
      value: { ...(start !== undefined && { start }), ...(stop !== undefined && { end: stop }), inside },
    }
  })

const item = fc
  .record({
    // All that a label in quotes may hold but `::`, with quotes anywhere.
    label: fc
      .string({
        unit: fc.constantFrom('a', 'b', ' ', "'", '=', '|', '/', 'é', '%', ';', '5'),
        minLength: 1,
        maxLength: 8,
      })
      .filter((label) => !label.includes("'=")),
    value: fc.option(decimal),
    unit: fc.constantFrom('', 's', 'ms', 'µs', '%', 'MB', 'KiB', 'c', 'Eb', 'B/s'),
    ranges: fc.array(fc.option(range), { maxLength: 2 }),
    limits: fc.array(fc.option(decimal), { maxLength: 2 }),
  })
  .map(({ label, value, unit, ranges, limits }) => {
    const [warning, critical] = ranges
    const [min, max] = limits
    const fields = [warning?.text ?? '', critical?.text ?? '', min ?? '', max ?? '']
    const shown = `'${label.replaceAll("'", "''")}'=${value === null ? 'U' : value + unit};${fields.join(';')}`
    return {
      text: value === null ? shown : shown.replace(/;+$/, ''),
      item: {
        label,
        ...(value !== null && { value: Number(value) }),
        unit: value === null ? '' : unit,
        ...(warning && { warning: warning.value }),
        ...(critical && { critical: critical.value }),
        ...(typeof min === 'string' && { min: Number(min) }),
        ...(typeof max === 'string' && { max: Number(max) }),
      },
    }
  })

const zero = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('-0,', '0,').replaceAll('-0}', '0}'))

describe('performance data that was written by the grammar', () => {
  it('is read as it was meant, item by item', () => {
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 6 }),
        fc.constantFrom(' ', '  ', '\t', '\n'),
        (items, blank) => {
          const { items: read, problems } = parsePerfdata(items.map(({ text }) => text).join(blank))
          expect(problems).toEqual([])
          expect(zero(read)).toEqual(zero(items.map((one) => one.item)))
        },
      ),
    )
  })

  it('loses no good item for a bad one before or behind it', () => {
    const bad = fc.constantFrom('x=', 'x=y', '=5', 'x=1,5', "''=1")
    fc.assert(
      fc.property(item, bad, bad, (good, before, behind) => {
        const { items, problems } = parsePerfdata(`${before} ${good.text} ${behind}`)
        expect(zero(items)).toEqual(zero([good.item]))
        expect(problems).toHaveLength(2)
      }),
    )
  })

  it('comes out of the output of a plugin wherever it stands there, with the texts around it', () => {
    const words = fc.string({ unit: fc.constantFrom('O', 'K', ' ', '=', "'", '5'), maxLength: 8 })
    fc.assert(
      fc.property(
        words,
        words,
        fc.array(item, { maxLength: 3 }),
        fc.array(item, { maxLength: 3 }),
        (text, more, first, second) => {
          const shown = (items: readonly { readonly text: string }[], blank: string): string =>
            items.map((one) => one.text).join(blank)
          const { items, problems, ...texts } = parsePluginOutput(
            `${text}|${shown(first, ' ')}\n${more}\n${more}|${shown(second, '\n')}\n`,
          )
          expect(problems).toEqual([])
          expect(zero(items)).toEqual(zero([...first, ...second].map((one) => one.item)))
          expect(texts).toEqual({ text: text.trim(), longText: `${more}\n${more}`.trim() })
        },
      ),
    )
  })
})
