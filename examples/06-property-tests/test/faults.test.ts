import { describe, vi } from 'vitest'

// Each test of the suite must fail over a pipeline that has a fault in each of its parts.
describe('a pipeline with three faults does not pass', { fails: true }, async () => {
  // Before and after: other files of the worker may have the suite, and shall have the pipeline that is sound.
  vi.resetModules()
  vi.doMock('../pipeline.ts', () => import('./pipeline-with-faults.ts'))
  await import('./pipeline.test.ts')
  vi.doUnmock('../pipeline.ts')
  vi.resetModules()
})
