import { base } from '../../tsup.base.ts'

export default base({
  index: 'src/index.ts',
  testing: 'src/testing/index.ts',
  arbitraries: 'src/testing/arbitraries.ts',
  email: 'src/email.ts',
})
