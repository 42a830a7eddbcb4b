import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'

import type { HttpPage } from '../../http/http-handler.ts'
import { contentTypes, type ExpositionFormat } from '../exposition-format.ts'
import { formatFor, takesGzip } from './negotiation.ts'
import type { PageTable } from './page-table.ts'

const pack = promisify(gzip)

/** A page as it was last made, packed where somebody asked for that. */
interface MadePage {
  readonly version: number
  readonly bytes: Uint8Array
  packed: Promise<Uint8Array> | undefined
}

/** Answers with a page, made anew where something has changed. */
export function createPageHandler(
  path: string,
  table: PageTable,
  open: HttpPage['open'],
  now: () => number,
): HttpPage {
  const made = new Map<ExpositionFormat, MadePage>()

  function make(format: ExpositionFormat): MadePage {
    // Before the version is looked at, which it changes where something expires.
    const text = table.render(format, now())
    const before = made.get(format)
    if (before?.version === table.version) return before
    const page: MadePage = { version: table.version, bytes: Buffer.from(text), packed: undefined }
    made.set(format, page)
    return page
  }

  return {
    name: 'expose',
    methods: ['GET', 'HEAD'],
    owns: (asked) => asked === path,
    open(run) {
      const close = open(run)
      return () => {
        close()
        made.clear()
      }
    },
    async answer(request) {
      const format = formatFor(request.header('accept'))
      const isPacked = takesGzip(request.header('accept-encoding'))
      const page = make(format)
      page.packed ??= isPacked ? pack(page.bytes, { level: constants.Z_BEST_SPEED }) : undefined
      const body = isPacked && page.packed !== undefined ? await page.packed : page.bytes
      return {
        status: 200,
        headers: {
          'content-type': contentTypes[format],
          'content-length': String(body.length),
          vary: 'accept, accept-encoding',
          ...(isPacked && { 'content-encoding': 'gzip' }),
        },
        body,
      }
    },
  }
}
