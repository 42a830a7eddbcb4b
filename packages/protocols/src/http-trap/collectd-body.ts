import { asciiText } from '../wire/ascii.ts'

/** The members of a value list come first, and nothing nests before them. */
const maxHead = 4096
const open = /^\s*\[\s*\{/
const members = [/"values"\s*:\s*\[/, /"dstypes"\s*:\s*\[/, /"dsnames"\s*:\s*\[/]

/** Whether a body is what collectd's write_http sends: a trap would make series such as ``0`values`0`` of it. */
export function isCollectdBody(bytes: Uint8Array): boolean {
  const head = asciiText(bytes, 0, Math.min(bytes.length, maxHead))
  if (!open.test(head)) return false
  const [first = ''] = head.split('}', 1)
  return members.every((member) => member.test(first))
}
