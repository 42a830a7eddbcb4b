import { Flaw } from './flaw.ts'
import type { JsonSchema } from './json-schema.ts'
import type { Shape } from './shape.ts'

/** A shape that holds itself. */
export interface RecursiveShape<T> extends Shape<T> {
  /** Its name in `$defs`, and what stands there: both go to `schemaOf`. */
  readonly definition: Readonly<Record<string, JsonSchema>>
}

/** A shape that holds itself, at most `maxDepth` times inside each other. `describe` gets it before it is there. */
export function recursive<T>(
  name: string,
  description: string,
  maxDepth: number,
  describe: (self: Shape<T>) => Shape<T>,
): RecursiveShape<T> {
  let depth = 0
  const self: Shape<T> = {
    schema: { $ref: `#/$defs/${name}`, description },
    walk: (value, copies) => {
      if (depth >= maxDepth) return new Flaw('', `must be nested at most ${maxDepth} deep`)
      depth += 1
      try {
        return inner.walk(value, copies)
      } finally {
        depth -= 1
      }
    },
  }
  const inner = describe(self)
  return { ...self, definition: { [name]: inner.schema } }
}
