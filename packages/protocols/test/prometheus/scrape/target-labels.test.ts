import { series } from '@tocsin/core'
import { describe, expect, it } from 'vitest'

import { createLabels } from '../../../src/prometheus/scrape/target-labels.ts'

const limits = { maxLabels: 64, maxLabelNameLength: 256, maxLabelValueLength: 256 }
const target = { instance: 'a', job: 'shop' }

function labelled(
  page: Readonly<Record<string, string>>,
  honor = false,
  changed: Partial<typeof limits> = {},
): string {
  const made = createLabels(target, honor, { ...limits, ...changed })(series('m', page))
  if (typeof made === 'string') return made
  return made.ok ? made.value.key : made.reason
}

describe('the labels of a target', () => {
  it('stand beside those of the page', () => {
    expect(labelled({ route: '/' })).toBe(series('m', { ...target, route: '/' }).key)
    expect(labelled({})).toBe(series('m', target).key)
  })

  it('rename one of the page with the same name, also where it has that name already', () => {
    expect(labelled({ job: 'x' })).toBe(series('m', { ...target, exported_job: 'x' }).key)
    expect(labelled({ job: 'x', exported_job: 'y' })).toBe(
      series('m', { ...target, exported_job: 'y', exported_exported_job: 'x' }).key,
    )
  })

  it('give way where those of the page are honoured', () => {
    expect(labelled({ job: 'x' }, true)).toBe(series('m', { instance: 'a', job: 'x' }).key)
  })

  it('take a name that is none of the prototype', () => {
    expect(labelled({ constructor: 'x' })).toBe(series('m', { ...target, constructor: 'x' }).key)
  })

  it('count together against the limits, which refuse the page', () => {
    expect(labelled({ a: '1' }, false, { maxLabels: 4 })).toContain('a:1')
    expect(labelled({ a: '1' }, false, { maxLabels: 3 })).toBe(
      'a series has more than 3 labels with its name',
    )
    expect(labelled({ longer_than_that: '1' }, false, { maxLabelNameLength: 15 })).toBe(
      'the name of a label has more than 15 characters',
    )
    expect(labelled({ a: '12345' }, false, { maxLabelValueLength: 4 })).toBe(
      'the value of a label has more than 4 characters',
    )
  })

  it('can be so many that a series has no room for them, which is no fault of the page', () => {
    const many = Object.fromEntries(Array.from({ length: 255 }, (_, at) => [`l${at}`, '1']))
    expect(labelled(many, false, { maxLabels: 1000 })).toBe('too-many-tags')
  })
})
