import { base } from '../../tsup.base.ts'

export default base(
  {
    index: 'src/index.ts',
    engine: 'src/engine.ts',
    store: 'src/store.ts',
    testing: 'src/testing/index.ts',
    arbitraries: 'src/testing/arbitraries.ts',
    email: 'src/email.ts',
    webhook: 'src/webhook.ts',
  },
  // SHA-256 that runs everywhere, and not only where there is node:crypto.
  [/^@noble\/hashes/],
)
