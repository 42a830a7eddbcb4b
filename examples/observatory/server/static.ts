import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** uPlot places its parts by inline styles. */
const contentSecurityPolicy = "default-src 'self'; img-src data:; style-src 'self' 'unsafe-inline'"

const types: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
])

/** The files of the page by the path that asks for them; nothing else on the disk can be asked for. */
export type Files = ReadonlyMap<string, { readonly path: string; readonly type: string }>

const fileOf = (specifier: string): string => fileURLToPath(import.meta.resolve(specifier))

/** Finds the files once, so that what a path may name is decided before the first request. */
export async function findFiles(folder: string = fileOf('../page')): Promise<Files> {
  const files = new Map<string, { path: string; type: string }>()
  const add = (name: string, path: string): void => {
    const type = types.get(extname(path))
    if (type !== undefined) files.set(name, { path, type })
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) add(`/${relative(folder, path).split(sep).join('/')}`, path)
  }
  add('/', join(folder, 'index.html'))
  add('/uplot.js', fileOf('uplot/dist/uPlot.esm.js'))
  add('/uplot.css', fileOf('uplot/dist/uPlot.min.css'))
  return files
}

/** Sends a file, or that the browser has it already. */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  { path, type }: { readonly path: string; readonly type: string },
): Promise<void> {
  const { mtimeMs, size } = await stat(path)
  const etag = `"${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}"`
  const headers = {
    'content-security-policy': contentSecurityPolicy,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    etag,
  }
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end()
    return
  }
  response.writeHead(200, { ...headers, 'content-type': type, 'content-length': size })
  if (request.method === 'HEAD') response.end()
  else
    createReadStream(path)
      .on('error', () => response.destroy())
      .pipe(response)
}
