// Which cards the two sections hold, and what stands there while they hold none.
import { element, write } from '../elements.js'
import { counted, formatCount } from '../words/format.js'
import { age } from '../words/times.js'
import { firstCards, machineCards, machineNote } from './machine.js'
import { emptyBox } from './section.js'
import { pagerText, sentCard, sentNote } from './sent.js'

const pageSize = 9

/** Fills the section of this machine; the cards that it holds. */
export function composeMachine(section, roots, { model, actions, isLost, band }) {
  const { catalogue, about, view } = model
  const isFiltered = view.select !== ''
  if (catalogue === undefined) {
    write(roots.machineNote, '')
    section.showInstead('loading', () => [element('div', { class: 'blocks whole' })])
    return []
  }
  const { machine } = catalogue
  if (machine.series === 0) {
    write(roots.machineNote, '')
    const words = isLost
      ? 'no measurement is known'
      : `the first measurement comes within ${age(Math.max(2000, about.periodMs ?? 0))}`
    section.showInstead(words, () => firstCards.map((title) => emptyBox({ title, words })))
    return []
  }
  if (machine.matching === 0) {
    write(roots.machineNote, '')
    section.showInstead(`none of ${machine.series}`, () => [
      noneOf(`this machine’s ${counted(machine.series, 'series', 'series')}`, actions),
    ])
    return []
  }
  write(roots.machineNote, machineNote({ host: about.host, machine, isFiltered }, band))
  const specs = machineCards(machine.cards, { host: about.host, cores: about.cores, isFiltered })
  section.show(specs)
  return specs
}

/** Fills the section of what was sent; the cards that it holds. */
export function composeSent(section, roots, { model, actions, allOf, band }) {
  const { catalogue, about, view } = model
  const isFiltered = view.select !== ''
  const isFirstStart =
    catalogue !== undefined && catalogue.machine.series === 0 && catalogue.sent.series === 0
  roots.sentSection.hidden = isFirstStart
  if (catalogue === undefined || isFirstStart) {
    write(roots.sentNote, '')
    section.below.replaceChildren()
    section.showInstead('loading', () => [element('div', { class: 'blocks whole' })])
    return []
  }
  const { sent } = catalogue
  if (sent.matching === 0) {
    write(roots.sentNote, '')
    section.below.replaceChildren()
    section.showInstead(`none of ${sent.series}`, () => [
      sent.series === 0
        ? emptyBox({
            words:
              'Nothing has been sent yet. What comes by statsd, Graphite or HTTPTrap is drawn here, one chart a metric.',
            isWide: true,
          })
        : noneOf(`the ${counted(sent.series, 'series', 'series')} that were sent`, actions),
    ])
    return []
  }
  write(roots.sentNote, sentNote(sent, isFiltered, band))
  const specs = sent.cards.map((card) => {
    const all = allOf.get(card.metric)
    return sentCard(all?.card ?? card, { host: about.host, isAll: all !== undefined })
  })
  section.show(specs)
  showPager(section.below, sent, actions, isFiltered)
  return specs
}

const noneOf = (what, actions) =>
  emptyBox({
    words: `None of ${what} matches the filter.`,
    button: 'Clear the filter',
    onClick: () => actions.setFilter(''),
    isWide: true,
  })

/** `metrics 10–18 of 24`, with a button to each side. Its buttons stay, so that focus does. */
function showPager(below, sent, actions, isFiltered) {
  const isPaged = sent.matchingMetrics > pageSize
  if (!isPaged && !isFiltered) return below.replaceChildren()
  if (below.firstChild === null) {
    const button = (text, step) => {
      const made = element('button', { type: 'button', class: 'link' }, text)
      made.addEventListener('click', () => actions.setPage(Number(below.dataset.page) + step))
      return made
    }
    below.append(button('earlier', -1), element('span', { 'aria-live': 'polite' }), button('more', 1))
  }
  const [back, text, on] = below.children
  below.dataset.page = String(Math.floor(sent.offset / pageSize))
  write(text, pagerText(sent))
  back.hidden = on.hidden = !isPaged
  back.disabled = sent.offset === 0
  on.disabled = sent.offset + sent.cards.length >= sent.matchingMetrics
  const rest = sent.matchingMetrics - sent.offset - sent.cards.length
  on.setAttribute('aria-label', `more metrics, ${formatCount(Math.max(0, rest))} of them`)
  back.setAttribute('aria-label', 'earlier metrics')
}
