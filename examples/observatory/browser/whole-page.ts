import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds, each with the first element; in the dark only what colours decide, as the rest is the same. */
export async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(source)
  const light = await look(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  const dark = await look(page, 'color-contrast')
  await page.emulateMedia({ colorScheme: 'light' })
  return [...light, ...dark.map((finding) => `in the dark, ${finding}`)]
}

async function look(page: Page, rule?: string): Promise<readonly string[]> {
  const results = await page.evaluate(
    (only) =>
      (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe.run(
        // Its selectors take longer than what it looks for.
        { selectors: false, ...(only !== undefined && { runOnly: [only] }) },
      ),
    rule,
  )
  // A page on which it could look at nothing would find nothing either.
  expect(results.passes.flatMap(({ nodes }) => nodes).length).toBeGreaterThan(10)
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.length}, ${nodes[0]?.html} ${nodes[0]?.failureSummary}`,
  )
}

/** Everything that is to be read or heard. */
export function everything(page: Page): Promise<string> {
  return page.evaluate(() => {
    const heard = [...document.querySelectorAll('[aria-label], [title]')].flatMap((element) => [
      element.getAttribute('aria-label') ?? '',
      // The tooltip holds the detector's own text, canonical form and all.
      element.closest('#faults') === null ? (element.getAttribute('title') ?? '') : '',
    ])
    return [document.title, document.body.innerText, ...heard].join('\n')
  })
}

/** Values that have more than three digits; names, queries and shell lines have the digits that they have. */
export async function longValues(page: Page): Promise<readonly string[]> {
  const values = await page.evaluate(() =>
    [...document.querySelectorAll('#machine, #sent, #closest, #faults')]
      .flatMap((element) => [...element.querySelectorAll('b, strong, text')])
      .map((element) => element.textContent.trim()),
  )
  return (
    values
      // A value is a number behind which a unit or nothing stands.
      .filter((text) => /^-?\d[\d.,]*\s*(?:%|[a-zA-Z/]{0,6})$/.test(text))
      .filter((text) => text.replaceAll(/[^\d]/g, '').replace(/^0+/, '').length > 3)
  )
}

/** How far the page reaches beyond its right edge, px. */
export function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** How many labels the charts have, and which of them cover another one or leave their card. */
export function labelsOf(page: Page): Promise<{ count: number; troubles: readonly string[] }> {
  return page.evaluate(() => {
    const troubles: string[] = []
    let count = 0
    for (const card of document.querySelectorAll('#machine article, #sent article')) {
      const edge = card.getBoundingClientRect()
      const boxes = [...card.querySelectorAll('.chart-labels > *')]
        .filter((label) => label.getClientRects().length > 0 && label.textContent.trim() !== '')
        .map((label) => ({ text: label.textContent.trim(), box: label.getBoundingClientRect() }))
      count += boxes.length
      boxes.forEach(({ text, box }, index) => {
        if (box.right > edge.right + 0.5 || box.left < edge.left - 0.5 || box.bottom > edge.bottom + 0.5)
          troubles.push(`${text} leaves its card`)
        for (const other of boxes.slice(index + 1)) {
          const isOver =
            box.left < other.box.right - 0.5 &&
            other.box.left < box.right - 0.5 &&
            box.top < other.box.bottom - 1 &&
            other.box.top < box.bottom - 1
          if (isOver) troubles.push(`${text} over ${other.text}`)
        }
      })
    }
    return { count, troubles }
  })
}
