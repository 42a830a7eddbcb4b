// The small words beside the host: how this page is connected.
import { strong, ticks } from './parts.js'
import { age } from './times.js'

/** `{ look, sign, parts }` */
export function badgeOf(model) {
  const { link, status, lastSampleAt } = model
  const since = lastSampleAt === undefined ? undefined : model.now() - lastSampleAt
  const sample = since === undefined ? [] : [' · last sample ', ticks(age(since), lastSampleAt), ' ago']
  switch (link.state) {
    case 'disconnected':
      return { look: 'unknown', sign: 'lost', parts: [strong('Not connected')] }
    case 'failed':
      return { look: 'unknown', sign: 'lost', parts: [strong('Failed')] }
    case 'live':
      if (status === undefined) break
      if (status.judging !== 'ok')
        return { look: 'unknown', sign: 'question', parts: [strong('Not judging')] }
      if (since === undefined) return { look: 'plain', sign: 'circle', parts: [strong('Connected')] }
      return { look: 'good', sign: 'dot', parts: [strong('Live'), ...sample] }
    case 'stale':
      if (status?.judging !== undefined && status.judging !== 'ok') {
        return { look: 'unknown', sign: 'question', parts: [strong('Not judging')] }
      }
      return { look: 'plain', sign: 'circle', parts: [strong('Connected'), ...sample] }
  }
  return { look: 'plain', sign: 'circle', parts: [strong('Asking…')] }
}
