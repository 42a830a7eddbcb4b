import { base } from '../../tsup.base.ts'

export default base({
  index: 'src/index.ts',
  engine: 'src/engine.ts',
  rules: 'src/rules.ts',
  testing: 'src/testing/index.ts',
  arbitraries: 'src/testing/arbitraries.ts',
})
