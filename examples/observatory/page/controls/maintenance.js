// Holding notifications back for a while, and ending that.
import { element, write } from '../elements.js'
import { command } from '../link/commands.js'
import { formatCount } from '../words/format.js'
import { clockTime, minuteTime, nearTime, zoneName } from '../words/times.js'
import { createTrouble } from './acknowledge.js'
import { filterError, queryOf } from './filter-query.js'
import { openPopover } from './popover.js'
import { createRadioGroup } from './radio-group.js'
import { nextTime } from './until-time.js'

const durations = [
  { value: 30, text: '30 min' },
  { value: 120, text: '2 h' },
  { value: 480, text: '8 h' },
  { value: 0, text: 'until a time…' },
]
const settleMs = 150
/** The stream usually tells it at once, ms. */
const patienceMs = 10_000

export function createMaintenanceButton(root, model, actions) {
  const button = element('button', { type: 'button', 'aria-haspopup': 'dialog' }, 'Maintenance…')
  button.addEventListener('click', () => actions.maintain(undefined, button))
  root.append(button)
  const show = () => {
    button.disabled = !isConnected(model)
  }
  model.on('link', show)
  show()
}

const isConnected = ({ link }) => link.state === 'live' || link.state === 'stale'

export function createMaintenance(model, ask) {
  const time = (ms) => clockTime(ms, model.view.zone)
  let watched
  model.on('maintenance link tick state', () => watched?.())

  return {
    open(select, button) {
      let minutes = 120
      let awaited
      let timer
      let counting
      const query = element('input', {
        type: 'text',
        id: 'maintained',
        class: 'query',
        maxlength: '2000',
        autocomplete: 'off',
        spellcheck: 'false',
        'aria-describedby': 'maintained-count',
      })
      query.value = select ?? ''
      const count = element('span', { class: 'filter-count', id: 'maintained-count', 'aria-live': 'polite' })
      const clock = element('input', {
        type: 'text',
        id: 'until-time',
        inputmode: 'numeric',
        placeholder: '07:30',
        maxlength: '5',
        size: '5',
        autocomplete: 'off',
      })
      const clockRow = element('label', { class: 'until-time', hidden: true }, 'until ', clock)
      const ends = element('p', { class: 'note', 'aria-live': 'polite' })
      const group = createRadioGroup({
        label: 'From now, for',
        options: durations,
        chosen: (value) => {
          minutes = value
          show()
          if (value === 0) clock.focus()
        },
      })
      group.set(minutes)
      const windows = element('ul', { class: 'windows' })
      const windowsTitle = element('p', { class: 'label' }, 'In maintenance')
      const trouble = createTrouble()
      const cancel = element('button', { type: 'button' }, 'Cancel')
      const send = element('button', { type: 'submit', class: 'primary' }, 'Begin maintenance')

      const end = () =>
        minutes > 0
          ? Math.round(model.now()) + minutes * 60_000
          : nextTime(clock.value, model.now(), model.view.zone)

      const show = () => {
        if (awaited !== undefined && model.maintenance.some(({ to }) => to === awaited))
          return popover.close()
        clockRow.hidden = minutes > 0
        const to = end()
        const zone = model.view.zone
        write(
          ends,
          to === undefined
            ? 'A time of day such as 07:30.'
            : `Ends ${nearTime(to, model.now(), zone, minuteTime)} ${zoneName(to, zone)}; what is left then is told, once.`,
        )
        send.disabled = awaited !== undefined || !isConnected(model)
        write(send, awaited === undefined ? 'Begin maintenance' : 'Saving…')
        if (!isConnected(model)) trouble.tell('Not connected:', 'nothing can be changed now.')
        else if (trouble.isAboutConnection) trouble.clear()
        windowsTitle.hidden = model.maintenance.length === 0
        showWindows(windows, model, time, trouble, query)
      }
      const counted = async () => {
        const { select: asked } = queryOf(query.value)
        const answer = await ask
          .catalogue({ select: asked, offset: 0, limit: 1, most: 1 }, 'maintenance')
          .catch((error) => error)
        if (queryOf(query.value).select !== asked) return
        const offset = answer.refusal?.offset
        query.ariaInvalid = String(answer.refusal !== undefined)
        if (answer.refusal !== undefined) {
          const { words } = filterError(query.value, { error: answer.message, offset }, '')
          write(count, '')
          trouble.tell(words, '')
        } else {
          write(count, answer.matching === undefined ? '' : `${formatCount(answer.matching)} series`)
          trouble.clear()
        }
      }

      const popover = openPopover({
        button,
        title: 'Maintenance',
        fill: (form) => {
          form.append(
            element(
              'p',
              { class: 'note' },
              'Holds notifications back for what matches, but for the end of a fault that people were told of. Faults still open here, hatched blue in their lanes; what is left at the end is told then, once.',
            ),
            element('label', { for: 'maintained' }, element('b', {}, 'For series that match')),
            element('div', { class: 'filter-field' }, query, count),
            element('p', { class: 'label' }, 'From now, for'),
            element('div', { class: 'durations' }, group.element, clockRow),
            ends,
            trouble.element,
            element('div', { class: 'popover-buttons' }, cancel, send),
            windowsTitle,
            windows,
          )
          return query
        },
        submit: async () => {
          if (awaited !== undefined || !isConnected(model)) return
          const { select: asked } = queryOf(query.value)
          const to = end()
          if (asked === '') {
            trouble.tell(
              'For which series?',
              'A query such as host:atlas-1; * alone would hold back everything.',
            )
            query.focus()
            return
          }
          // What is wrong with it stands there already.
          if (query.ariaInvalid === 'true') return query.focus()
          if (to === undefined) {
            trouble.tell('Until when?', 'A time of day such as 07:30.')
            clock.focus()
            return
          }
          trouble.clear()
          awaited = to
          show()
          const told = { type: 'maintenance', select: asked, from: Math.round(model.now()), to }
          const refused = await command(told, { model, time })
          if (refused === undefined) {
            timer = setTimeout(() => {
              awaited = undefined
              trouble.tell('It was sent,', 'but the observatory has not told the result yet.')
              show()
            }, patienceMs)
            return
          }
          awaited = undefined
          show()
          trouble.tell(refused.what, refused.rest)
        },
        closed: () => {
          watched = undefined
          clearTimeout(timer)
          clearTimeout(counting)
        },
      })
      cancel.addEventListener('click', popover.close)
      clock.addEventListener('input', show)
      query.addEventListener('input', () => {
        clearTimeout(counting)
        counting = setTimeout(() => void counted(), settleMs)
      })
      watched = show
      show()
      void counted()
    },
  }
}

/** Rows stay while their window does, so that the focus does; from one that goes it goes to the next, or `home`. */
function showWindows(list, model, time, trouble, home) {
  const known = new Map([...list.children].map((row) => [row.dataset.id, row]))
  const rows = model.maintenance.map((window) => {
    const row = known.get(window.id) ?? windowRow(window, model, time, trouble)
    known.delete(window.id)
    write(row.querySelector('.note'), windowText(window, model.now(), model.view.zone))
    return row
  })
  const left = [...known.values()].find((row) => row.contains(document.activeElement))
  const next = left && rows.find((row) => isAfter(row, left) && row.querySelector('button') !== null)
  for (const row of known.values()) row.remove()
  rows.forEach((row, index) => {
    if (list.children[index] !== row) list.insertBefore(row, list.children[index] ?? null)
  })
  if (left !== undefined) (next?.querySelector('button') ?? home).focus()
}

const isAfter = (one, other) => (other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0

function windowRow({ id, select, planned }, model, time, trouble) {
  const row = element('li', {}, element('code', {}, select), element('span', { class: 'note' }))
  row.dataset.id = id
  if (planned) return row
  const stop = element('button', { type: 'button', 'aria-label': `End now: ${select}` }, 'End now')
  stop.addEventListener('click', async () => {
    if (stop.ariaDisabled === 'true') return
    // Not disabled in truth, which would take the focus away.
    stop.ariaDisabled = 'true'
    write(stop, 'Saving…')
    const refused = await command({ type: 'end-maintenance', id }, { model, time })
    if (refused === undefined) return
    stop.ariaDisabled = null
    write(stop, 'End now')
    trouble.tell(refused.what, refused.rest)
  })
  row.append(stop)
  return row
}

/** `since 03:00, until 04:00`, of one of the policy with that. */
function windowText({ from, to, planned }, now, zone) {
  const start = nearTime(from, now, zone, minuteTime)
  const end = nearTime(to, now, zone, minuteTime)
  return `${from <= now ? 'since' : 'from'} ${start}, until ${end}${planned ? ', planned in the policy' : ''}`
}
