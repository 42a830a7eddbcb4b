import type { FileSystem } from '@tocsin/core'

import { HeadsCache } from './heads-cache.ts'
import { OpenFiles } from './open-files.ts'

/** What the readers of one folder share: files that are open, and heads that were read. */
export class SegmentFiles extends OpenFiles {
  readonly heads: HeadsCache

  /** `maxHeadsBytes`: memory of heads, about 600 bytes per block of up to 1440 windows. */
  constructor(fileSystem: FileSystem, maxHeadsBytes: number = 1 << 26) {
    super(fileSystem)
    this.heads = new HeadsCache(maxHeadsBytes)
  }
}
