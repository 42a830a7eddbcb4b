import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/** Of the long tests those that take longest: the last of them would run alone. */
const longestFirst = [
  'packages/journal/test/system-calls.long.test.ts',
  'packages/protocols/test/testing/parser-conformance.long.test.ts',
  'packages/notify/test/kill/kill.long.test.ts',
  'packages/rollup/test/store/damage.long.test.ts',
  'packages/journal/test/damage.long.test.ts',
  'packages/protocols/test/hostile/hostile.long.test.ts',
  'examples/observatory/test/life.long.test.ts',
  'packages/journal/test/link-wire.long.test.ts',
]

/** Vitest's own order, by what a file took last or how large it is, behind those that are known to take long. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longestFirst.findIndex((name) => moduleId.endsWith(name))
      return at < 0 ? longestFirst.length : at
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
