import { expectTypeOf, it } from 'vitest'

import type { Duration } from '../../src/index.ts'
import {
  duration,
  either,
  integer,
  list,
  mapOf,
  object,
  oneField,
  oneOf,
  optional,
  read,
  type Flaw,
  type Shape,
  text,
  variants,
} from '../../src/shape/index.ts'

interface Step {
  readonly to: string
  readonly severities: readonly (1 | 2)[]
  readonly wait?: Duration | undefined
  readonly notes?: string
}

const to = text(1, 10)
const severities = list(oneOf([1, 2]), 1, 2)
const wait = optional(duration())
const notes = optional(text(0, 10))
const stepShape: Shape<Step> = object({ to, severities, wait, notes })

it('a description that says what the type says compiles, and is read as that type', () => {
  expectTypeOf(read(stepShape, null, 'step')).toEqualTypeOf<Step | Flaw>()
  expectTypeOf(mapOf(to, stepShape, 5)).toEqualTypeOf<Shape<Readonly<Record<string, Step>>>>()
  expectTypeOf(either(to, duration())).toEqualTypeOf<Shape<string>>()
})

it('a field that is missing in the description is an error', () => {
  // @ts-expect-error severities are missing
  expectTypeOf<Shape<Step>>(object({ to, wait, notes })).not.toBeNever()
  // @ts-expect-error no notes, although they are optional
  expectTypeOf<Shape<Step>>(object({ to, severities, wait })).not.toBeNever()
})

it('a field that the type does not have is an error', () => {
  // @ts-expect-error there is no such field
  expectTypeOf<Shape<Step>>(object({ to, severities, wait, notes, by: to })).not.toBeNever()
  // @ts-expect-error no such field, although it is optional
  expectTypeOf<Shape<Step>>(object({ to, severities, wait, notes, by: optional(to) })).not.toBeNever()
})

it('an optional field that is described as required, or the other way round, is an error', () => {
  // @ts-expect-error wait is optional
  expectTypeOf<Shape<Step>>(object({ to, severities, wait: duration(), notes })).not.toBeNever()
  // @ts-expect-error to is required
  expectTypeOf<Shape<Step>>(object({ to: optional(to), severities, wait, notes })).not.toBeNever()
})

it('a field that is described wider or narrower than it is, is an error', () => {
  // @ts-expect-error it is no number
  expectTypeOf<Shape<Step>>(object({ to: integer(0), severities, wait, notes })).not.toBeNever()
  // @ts-expect-error not any text
  expectTypeOf<Shape<Step>>(object({ to, severities, wait: optional(text(1, 5)), notes })).not.toBeNever()
  // @ts-expect-error one word of all
  expectTypeOf<Shape<Step>>(object({ to: oneOf(['ops']), severities, wait, notes })).not.toBeNever()
  const narrow = list(oneOf([1]), 1, 2)
  // @ts-expect-error no severity 2
  expectTypeOf<Shape<Step>>(object({ to, severities: narrow, wait, notes })).not.toBeNever()
})

it('the same holds for an object with one field of several', () => {
  type Criterion = { readonly above: number } | { readonly equals: number | string }
  const above = integer(0)
  const equals = either(integer(0), to)
  expectTypeOf<Shape<Criterion>>(oneField({ above, equals })).not.toBeNever()
  // @ts-expect-error equals is missing
  expectTypeOf<Shape<Criterion>>(oneField({ above })).not.toBeNever()
  // @ts-expect-error there is no such field
  expectTypeOf<Shape<Criterion>>(oneField({ above, equals, below: above })).not.toBeNever()
  // @ts-expect-error it may be a text too
  expectTypeOf<Shape<Criterion>>(oneField({ above, equals: above })).not.toBeNever()
})

it('the same holds for variants', () => {
  type Command =
    { readonly type: 'set'; readonly to: string } | { readonly type: 'end' | 'stop'; readonly id?: string }
  const set = { to }
  const end = { id: optional(to) }
  expectTypeOf<Shape<Command>>(variants({ set, end, stop: end })).not.toBeNever()
  // @ts-expect-error stop is missing
  expectTypeOf<Shape<Command>>(variants({ set, end })).not.toBeNever()
  // @ts-expect-error there is no such type
  expectTypeOf<Shape<Command>>(variants({ set, end, stop: end, go: end })).not.toBeNever()
  // @ts-expect-error a set has a target
  expectTypeOf<Shape<Command>>(variants({ set: end, end, stop: end })).not.toBeNever()
  // @ts-expect-error an end has no target
  expectTypeOf<Shape<Command>>(variants({ set, end: { id: optional(to), to }, stop: end })).not.toBeNever()
})
