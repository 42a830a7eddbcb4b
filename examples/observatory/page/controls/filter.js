// The filter of the charts, with what is wrong with it.
import { element, svgElement, write } from '../elements.js'
import { formatCount } from '../words/format.js'

const settleMs = 150

export function createFilter(root, model, actions) {
  const input = element('input', {
    type: 'text',
    id: 'filter-text',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    maxlength: '2000',
    'aria-label': 'Filter series',
    'aria-describedby': 'filter-error filter-hint',
  })
  const phone = matchMedia('(max-width: 699px)')
  const suggest = () => {
    input.placeholder = phone.matches
      ? 'Filter series'
      : 'Filter series: cpu, host:web-*, and(__name:http.*,region:eu-*)'
  }
  phone.addEventListener('change', suggest)
  suggest()
  // Below the text of the input, letter by letter at the same place.
  const before = element('span')
  const marked = element('b')
  const mark = element('div', { class: 'filter-mark', 'aria-hidden': 'true', hidden: true }, before, marked)
  const count = element('span', { class: 'filter-count', 'aria-live': 'polite' })
  const clear = element(
    'button',
    { type: 'button', class: 'plain', 'aria-label': 'Clear the filter', hidden: true },
    '✕',
  )
  const key = element('kbd', { 'aria-hidden': 'true' }, '/')
  const field = element('div', { class: 'filter-field' }, funnel(), input, mark, count, clear, key)
  const words = element('b')
  const still = element('span')
  const error = element('p', { id: 'filter-error', hidden: true }, words, ' ', still)
  root.append(field, error)

  let timer
  const apply = () => {
    clearTimeout(timer)
    timer = undefined
    actions.setFilter(input.value)
  }
  const fit = () => {
    const isEmpty = input.value === ''
    input.classList.toggle('query', !isEmpty)
    clear.hidden = isEmpty
    key.hidden = !isEmpty
  }
  const empty = () => {
    input.value = ''
    fit()
    apply()
  }
  const place = () => (before.style.marginLeft = `${-input.scrollLeft}px`)
  input.addEventListener('scroll', place)
  input.addEventListener('input', () => {
    clearTimeout(timer)
    timer = setTimeout(apply, settleMs)
    // It was at a character of another text.
    mark.hidden = true
    fit()
  })
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') apply()
    if (event.key !== 'Escape' || input.value === '') return
    event.preventDefault()
    empty()
  })
  clear.addEventListener('click', () => {
    empty()
    input.focus()
  })

  const show = () => {
    if (timer === undefined && input.value !== model.view.filter) input.value = model.view.filter
    fit()
    const wrong = model.filterError
    field.classList.toggle('wrong', wrong !== undefined)
    input.ariaInvalid = String(wrong !== undefined)
    error.hidden = wrong === undefined
    write(words, wrong?.words ?? '')
    write(still, wrong?.still ?? '')
    mark.hidden = wrong?.at === undefined || input.value !== model.view.filter
    if (!mark.hidden) {
      before.textContent = input.value.slice(0, wrong.at)
      marked.textContent = input.value.slice(wrong.at, wrong.at + 1) || '\u00a0'
      place()
    }
    const { catalogue, view } = model
    const isFiltered = catalogue !== undefined && view.select !== '' && wrong === undefined
    write(
      count,
      isFiltered ? `${formatCount(catalogue.matching)} of ${formatCount(catalogue.series)} series` : '',
    )
  }
  model.on('view catalogue', show)
  show()
}

const funnel = () =>
  svgElement(
    'svg',
    { class: 'funnel', viewBox: '0 0 16 16', 'aria-hidden': 'true' },
    svgElement('path', { d: 'M2 3h12L9.5 8.5V13l-3-1.5v-3z' }),
  )
